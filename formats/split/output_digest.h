// SHA-256 of outputs, so that runs under different strategies can be compared.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// "sha256:<64 hex digits>" of what the hasher was given.
[[nodiscard]] std::string output_digest(Hasher& hasher);

/// Digest of the range's bytes, in one scan.
[[nodiscard]] std::string sha256_of(const SourceRange& range);

/// Digest of a set of files given as (name, sha256_of(file)): independent of their order.
[[nodiscard]] std::string sha256_of_files(std::vector<std::pair<std::string, std::string>> files);

}  // namespace splitscope::formats
