// Opens an index wherever it lies.
#pragma once

#include <filesystem>

#include "strategies/strategy.h"
#include "workloads/index/index_files.h"
#include "workloads/split/bundle.h"

namespace splitscope {

/// A directory, or a .split file (whatever is not a directory is read as one). `strategy` must
/// outlive the result. Errors: std::system_error, FormatError, UnsupportedFeature.
[[nodiscard]] IndexFiles open_index(Strategy& strategy, const std::filesystem::path& path);

/// The parts of a bundle as IndexFiles::from_split wants them.
[[nodiscard]] std::vector<IndexFiles::Part> bundle_parts(const Bundle& bundle);

}  // namespace splitscope
