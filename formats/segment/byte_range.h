// A half-open range of offsets.
#pragma once

#include <cstdint>

namespace splitscope::formats {

/// Bytes [start, end) of a file; start <= end.
struct ByteRange {
  std::uint64_t start = 0;
  std::uint64_t end = 0;

  [[nodiscard]] constexpr std::uint64_t size() const { return end - start; }
  friend constexpr bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace splitscope::formats
