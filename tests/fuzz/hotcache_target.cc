// u8 window, then a hotcache. Proven: slices lie within their files, and a hotcache written from
// what one holds serves the same bytes.
#include "formats/split/hotcache.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

// Files are rebuilt in memory, as long as the hotcache says they are.
constexpr std::uint64_t kMaxRebuiltBytes = 64 * 1024;

}  // namespace

void run_hotcache(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const formats::Hotcache hotcache(formats::SourceRange(source, "hotcache"));

  std::uint64_t total = 0;
  for (const formats::CachedFile& file : hotcache.files()) {
    expect(hotcache.find(file.name) == &file, "a file is found by its name");
    std::uint64_t end = 0;
    for (const formats::CachedSlice& slice : file.slices) {
      expect(slice.range.start >= end && slice.range.end <= file.total_length,
             "slices are in order and within their file");
      end = slice.range.end;
      (void)collect(hotcache.slice(slice));
    }
    if (file.total_length > kMaxRebuiltBytes) return;
    total += file.total_length;
    if (total > kMaxRebuiltBytes) return;
  }

  std::vector<std::unique_ptr<FreshSource>> files;
  formats::HotcachePlan plan;
  for (const formats::CachedFile& file : hotcache.files()) {
    Content content(static_cast<std::size_t>(file.total_length));
    formats::HotcachePlan::File planned{file.name, {}, {}};
    for (const formats::CachedSlice& slice : file.slices) {
      const Content bytes = collect(hotcache.slice(slice));
      std::copy(bytes.begin(), bytes.end(),
                content.begin() + static_cast<std::ptrdiff_t>(slice.range.start));
      planned.ranges.push_back(slice.range);
    }
    files.push_back(std::make_unique<FreshSource>(std::move(content)));
    planned.content = formats::SourceRange(*files.back(), file.name);
    plan.files.push_back(std::move(planned));
  }
  plan.seal();
  Content written;
  MemorySink sink(written);
  formats::write_hotcache(plan, sink);
  expect(written.size() == formats::hotcache_length(plan),
         "a hotcache is as long as was announced");
  const FreshSource again(std::move(written), window);
  const formats::Hotcache read =
      read_back([&] { return formats::Hotcache(formats::SourceRange(again, "written hotcache")); });
  expect(read.files().size() == hotcache.files().size(), "as many files come back");
  for (const formats::CachedFile& file : hotcache.files()) {
    const formats::CachedFile* found = read.find(file.name);
    expect(found != nullptr && found->total_length == file.total_length, "files come back");
    for (const formats::CachedSlice& slice : file.slices) {
      if (slice.range.size() == 0) continue;
      const auto bytes = read.read(file.name, slice.range.start, slice.range.size());
      expect(bytes.has_value() && std::ranges::equal(bytes->span(), collect(hotcache.slice(slice))),
             "a cached range is served with the same bytes");
    }
  }
}

}  // namespace splitscope::fuzz
