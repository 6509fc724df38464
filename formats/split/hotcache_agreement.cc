#include "formats/split/hotcache_agreement.h"

#include "formats/split/compare_ranges.h"

namespace splitscope::formats {

std::optional<std::string> hotcache_disagreement(const SourceRange& split, const BundleFile& file,
                                                 const Bundle& bundle, const Hotcache& hotcache) {
  const CachedFile* const cached = hotcache.find(file.name);
  if (cached == nullptr) {
    return "the hotcache does not list \"" + file.name +
           "\", so that a reader takes it to be absent";
  }
  if (cached->total_length != file.range.size()) {
    return "the hotcache says that \"" + file.name + "\" has " +
           std::to_string(cached->total_length) + " bytes, it has " +
           std::to_string(file.range.size());
  }
  const SourceRange content = bundle.file(split, file);
  for (const CachedSlice& slice : cached->slices) {
    const SourceRange part = content.slice(slice.range.start, slice.range.size());
    if (const auto at = first_difference(part, hotcache.slice(slice))) {
      return "the hotcache differs from \"" + file.name + "\" at byte " +
             std::to_string(slice.range.start + *at);
    }
  }
  return std::nullopt;
}

const CachedFile* unknown_cached_file(const Bundle& bundle, const Hotcache& hotcache) {
  for (const CachedFile& file : hotcache.files()) {
    if (bundle.find(file.name) == nullptr) return &file;
  }
  return nullptr;
}

}  // namespace splitscope::formats
