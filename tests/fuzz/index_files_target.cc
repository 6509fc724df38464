// A whole split, opened as an index. Proven: a hotcache of it can be planned, written and read, and
// serves the index's own bytes.
#include "formats/split/hotcache_builder.h"
#include "formats/split/open_index.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

void run_index_files(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  auto source = std::make_unique<FreshSource>(in.rest(), window);
  const formats::Bundle bundle = formats::read_bundle(formats::SourceRange(*source, "input.split"));
  formats::IndexFiles files = formats::IndexFiles::from_split(std::move(source), "input.split",
                                                              formats::bundle_parts(bundle));
  const formats::HotcachePlan plan = formats::plan_hotcache(files);
  Content written;
  MemorySink sink(written);
  formats::write_hotcache(plan, sink);
  const FreshSource again(std::move(written), window);
  const formats::Hotcache hotcache =
      read_back([&] { return formats::Hotcache(formats::SourceRange(again, "written hotcache")); });
  for (const auto& file : plan.files) {
    for (const formats::ByteRange& range : file.ranges) {
      const auto bytes = hotcache.read(file.name, range.start, range.size());
      expect(bytes && std::ranges::equal(bytes->span(),
                                         collect(file.content.slice(range.start, range.size()))),
             "a cached range has the file's bytes");
    }
  }
}

}  // namespace splitscope::fuzz
