// u8 window, then the entry split_fields. Proven: what is decoded is encoded and decoded again.
#include "formats/split/split_fields.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

void run_split_fields(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const auto fields = formats::decode_split_fields(formats::SourceRange(source, "split_fields"));
  const FreshSource again(formats::encode_split_fields(fields), window);
  expect(read_back([&] {
           return formats::decode_split_fields(formats::SourceRange(again, "written"));
         }) == fields,
         "fields come back");
}

}  // namespace splitscope::fuzz
