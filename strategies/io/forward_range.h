// Where a windowed scan stands.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace splitscope::strategies {

struct ForwardRange {
  std::uint64_t offset;
  std::uint64_t remaining;

  /// Length of the next window of at most `window_bytes`; 0 at the end.
  [[nodiscard]] std::size_t next_length(std::uint64_t window_bytes) const noexcept {
    return static_cast<std::size_t>(std::min(window_bytes, remaining));
  }
  void advance(std::size_t length) noexcept {
    offset += length;
    remaining -= length;
  }
};

}  // namespace splitscope::strategies
