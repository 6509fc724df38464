// Whether the compression that meta.json names is one that can be read and written.
#pragma once

#include <filesystem>
#include <string_view>

namespace splitscope::formats {

/// Throws UnsupportedFeature that names the meta.json of `index` and quotes `compression` unless it
/// is one that parse_compression knows. tantivy does not open such an index either.
void refuse_unknown_compression(std::string_view compression, const std::filesystem::path& index);

}  // namespace splitscope::formats
