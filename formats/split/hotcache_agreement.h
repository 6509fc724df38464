// Whether a hotcache holds what the files of its split hold.
#pragma once

#include <optional>
#include <string>

#include "formats/split/bundle.h"
#include "formats/split/hotcache.h"

namespace splitscope::formats {

/// In what the hotcache is not right about `file` of `split`, in words: not listed, another
/// length, other bytes in a slice. Nothing when it is right. Scans each slice twice, here and
/// there.
[[nodiscard]] std::optional<std::string> hotcache_disagreement(const SourceRange& split,
                                                               const BundleFile& file,
                                                               const Bundle& bundle,
                                                               const Hotcache& hotcache);

/// The first file that the hotcache lists and the bundle does not have.
[[nodiscard]] const CachedFile* unknown_cached_file(const Bundle& bundle, const Hotcache& hotcache);

}  // namespace splitscope::formats
