// What is in a split or an index directory, for people and for programs.
#pragma once

#include <filesystem>
#include <ostream>

#include "strategies/interface/strategy.h"

namespace splitscope::formats {

enum class InspectFormat { kText, kJson };

/// Files with offsets and sizes, schema, segments, footers of components, and of a split its
/// footer, hotcache slices and trailer. Reads footers only. Errors: std::system_error, FormatError,
/// UnsupportedFeature; nothing is printed then.
void inspect(Strategy& strategy, const std::filesystem::path& path, InspectFormat format,
             std::ostream& out);

/// Names and sizes of the files, one a line: size, name.
void list_files(Strategy& strategy, const std::filesystem::path& path, InspectFormat format,
                std::ostream& out);

}  // namespace splitscope::formats
