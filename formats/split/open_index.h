// Opens an index wherever it lies.
#pragma once

#include <filesystem>

#include "formats/segment/index_files.h"
#include "formats/split/bundle.h"
#include "strategies/interface/strategy.h"

namespace splitscope::formats {

/// A directory, or a .split file (whatever is not a directory is read as one). `strategy` must
/// outlive the result. Errors: std::system_error, FormatError, UnsupportedFeature.
[[nodiscard]] IndexFiles open_index(Strategy& strategy, const std::filesystem::path& path);

/// The parts of a bundle as IndexFiles::from_split wants them.
[[nodiscard]] std::vector<IndexFiles::Part> bundle_parts(const Bundle& bundle);

}  // namespace splitscope::formats
