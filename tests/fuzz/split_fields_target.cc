// u8 window, then the entry split_fields. Proven: what is decoded is encoded and decoded again.
#include "formats/split/split_fields.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

void run_split_fields(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const auto fields = decode_split_fields(SourceRange(source, "split_fields"));
  const FreshSource again(encode_split_fields(fields), window);
  expect(read_back([&] { return decode_split_fields(SourceRange(again, "written")); }) == fields,
         "fields come back");
}

}  // namespace splitscope::fuzz
