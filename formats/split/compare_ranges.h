// Byte equality of two ranges, whatever windows their sources serve.
#pragma once

#include <cstdint>
#include <optional>

#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// Offset of the first byte that differs (the shorter length when one is the beginning of the
/// other); nothing when they are equal. Scans both.
[[nodiscard]] std::optional<std::uint64_t> first_difference(const SourceRange& a,
                                                            const SourceRange& b);

}  // namespace splitscope::formats
