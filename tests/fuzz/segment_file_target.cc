// u8 window, then a whole composite file with tantivy's footer. Proven: fields lie in order within
// the body, and a composite file written from them is read as the same fields.
#include "formats/segment/composite_file.h"
#include "formats/segment/file_footer.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

void run_segment_file(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const formats::SourceRange file(source, "input.term");
  const formats::FileFooter footer = formats::read_file_footer(file);
  expect(footer.body.size() == footer.json.start && footer.json.end + 8 == file.size(),
         "body, JSON and the last 8 bytes follow one another");
  (void)formats::crc32_of(footer.body);
  const formats::CompositeFile composite(footer.body);
  std::uint64_t end = 0;
  for (const formats::CompositeEntry& entry : composite.entries()) {
    expect(entry.range.start >= end && entry.range.end >= entry.range.start, "fields are in order");
    end = entry.range.end;
  }
  expect(end <= composite.footer().start && composite.footer().end <= footer.body.size(),
         "fields and footer follow one another");

  Content written;
  {
    formats::CompositeWriter out(std::make_unique<MemorySink>(written));
    for (const formats::CompositeEntry& entry : composite.entries()) {
      out.begin_field(entry.field, entry.idx);
      const auto field = composite.find(entry.field, entry.idx);
      expect(field.has_value(), "an entry is found by its field");
      out.out().write(collect(*field));
    }
    out.finish();
  }
  const FreshSource again(std::move(written), window);
  read_back([&] {
    const formats::FileFooter new_footer =
        formats::read_file_footer(formats::SourceRange(again, "written.term"));
    formats::check_crc(new_footer);
    const formats::CompositeFile read(new_footer.body);
    expect(read.entries().size() == composite.entries().size(), "as many fields come back");
    for (const formats::CompositeEntry& entry : composite.entries()) {
      const auto field = read.find(entry.field, entry.idx);
      expect(field && collect(*field) == collect(*composite.find(entry.field, entry.idx)),
             "fields come back");
    }
  });
}

}  // namespace splitscope::fuzz
