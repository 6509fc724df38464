// The content of a split or index directory as one JSON document: what inspect prints.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>

#include "strategies/interface/strategy.h"

namespace splitscope::formats {

/// Keys: kind, path, size_bytes, files[{name, size_bytes, start, end}], segments[], schema[],
/// components[], and of a split footer and hotcache. A path or name that is not UTF-8 is as
/// utf8_text (base/utf8_text.h) writes it, and path_bytes or name_bytes has its bytes in
/// hexadecimal. Offsets are in the split, those of components and hotcache slices in their file.
/// Errors as those of inspect.
[[nodiscard]] nlohmann::ordered_json describe(Strategy& strategy,
                                              const std::filesystem::path& path);

/// The "files" part alone; does not need a meta.json.
[[nodiscard]] nlohmann::ordered_json describe_files(Strategy& strategy,
                                                    const std::filesystem::path& path);

}  // namespace splitscope::formats
