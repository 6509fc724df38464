// The text of a meta.json. Proven: what is read is written and read again, settings and options
// that are unknown included.
#include <string>

#include "formats/segment/meta_json.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

void run_meta_json(std::span<const std::byte> input) {
  const std::string text(reinterpret_cast<const char*>(input.data()), input.size());
  const formats::IndexMeta meta = formats::parse_meta(text, "meta.json");
  const std::string written = formats::write_meta(meta);
  read_back([&] {
    const formats::IndexMeta again = formats::parse_meta(written, "written meta.json");
    expect(formats::schema_difference(meta.schema, again.schema).empty(), "the schema comes back");
    expect(again.segments.size() == meta.segments.size(), "segments come back");
    for (std::size_t i = 0; i < again.segments.size(); ++i) {
      expect(again.segments[i].file_name(formats::SegmentComponent::kTerm) ==
                 meta.segments[i].file_name(formats::SegmentComponent::kTerm),
             "segments keep their names");
      expect(again.segments[i].delete_file_name() == meta.segments[i].delete_file_name(),
             "deletes come back");
    }
    expect(formats::write_meta(again) == written, "writing again changes nothing");
    const formats::Schema schema =
        formats::parse_schema(formats::schema_json(meta.schema), "schema");
    expect(formats::schema_difference(schema, meta.schema).empty(),
           "a schema comes back by itself");
  });
}

}  // namespace splitscope::fuzz
