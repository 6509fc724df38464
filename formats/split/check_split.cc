#include "formats/split/check_split.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "formats/errors.h"
#include "formats/segment/file_footer.h"
#include "formats/segment/meta_json.h"
#include "formats/split/hotcache_agreement.h"
#include "formats/split/hotcache_builder.h"
#include "formats/split/open_index.h"

namespace splitscope::formats {
namespace {

[[noreturn]] void wrong(const SourceRange& split, const std::string& problem) {
  throw WrongOutput(shown_name(split.name()) + ": " + problem);
}

const BundleFile& need(const SourceRange& split, const Bundle& bundle, std::string_view name) {
  const auto* entry = bundle.find(name);
  if (entry == nullptr) wrong(split, "the split has no file \"" + std::string(name) + "\"");
  return *entry;
}

/// Lends a range to something that wants to own a source.
class LentSource final : public ByteSource {
 public:
  explicit LentSource(SourceRange range) : range_(std::move(range)) {}

 private:
  [[nodiscard]] std::uint64_t file_size() const override { return range_.size(); }
  [[nodiscard]] std::string_view file_name() const override { return range_.name(); }
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return range_.read(offset, length);
  }
  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return range_.scan(offset, length);
  }

  SourceRange range_;
};

/// Whether the slices, one after another, hold the whole range. A real hotcache may hold it in
/// several that touch, because its bytes are cached in the order in which they were read.
bool is_cached(const CachedFile& file, const ByteRange& range) {
  auto covered_to = range.start;
  for (const auto& slice : file.slices) {
    if (slice.range.start > covered_to) break;
    covered_to = std::max(covered_to, slice.range.end);
  }
  return covered_to >= range.end;
}

/// Every range that opening the index touches must be cached: a searcher does not go back for more.
void check_coverage(const SourceRange& split, const Bundle& bundle, const Hotcache& hotcache) {
  auto files = IndexFiles::from_split(std::make_unique<LentSource>(split), split.name(),
                                      bundle_parts(bundle));
  for (const auto& file : plan_hotcache(files).files) {
    const auto* cached = hotcache.find(file.name);
    for (const auto& range : file.ranges) {
      if (cached != nullptr && is_cached(*cached, range)) continue;
      wrong(split, "the hotcache lacks bytes " + std::to_string(range.start) + " to " +
                       std::to_string(range.end) + " of \"" + file.name +
                       "\", which opening the index reads");
    }
  }
}

void check_cached(const SourceRange& split, const Bundle& bundle, const Hotcache& hotcache,
                  std::string_view name) {
  const auto& entry = need(split, bundle, name);
  if (const auto problem = hotcache_disagreement(split, entry, bundle, hotcache)) {
    wrong(split, *problem);
  }
}

}  // namespace

void check_split(const SourceRange& split, const Bundle& bundle) {
  const auto meta_file = bundle.file(split, need(split, bundle, kMetaFile));
  const Bytes text = meta_file.read(0, meta_file.size());
  const auto meta =
      parse_meta({reinterpret_cast<const char*>(text.data()), text.size()}, meta_file.name());
  const Hotcache hotcache(split.slice(bundle.hotcache.start, bundle.hotcache.size()));
  check_cached(split, bundle, hotcache, kMetaFile);
  if (!hotcache.find(kMetaFile)->complete()) wrong(split, "meta.json is not in the hotcache whole");
  if (bundle.find(kManagedFile) != nullptr) check_cached(split, bundle, hotcache, kManagedFile);
  for (const auto& segment : meta.segments) {
    for (const auto component :
         {SegmentComponent::kTerm, SegmentComponent::kPostings, SegmentComponent::kPositions,
          SegmentComponent::kFieldnorm, SegmentComponent::kStore, SegmentComponent::kFast}) {
      const auto name = segment.file_name(component);
      if (component == SegmentComponent::kPositions && bundle.find(name) == nullptr) continue;
      check_crc(read_file_footer(bundle.file(split, need(split, bundle, name))));
      check_cached(split, bundle, hotcache, name);
    }
  }
  check_coverage(split, bundle, hotcache);
  if (const auto* const file = unknown_cached_file(bundle, hotcache)) {
    wrong(split, "the hotcache lists \"" + file->name + "\", which the split does not have");
  }
}

}  // namespace splitscope::formats
