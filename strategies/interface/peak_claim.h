// Arithmetic of Strategy::expected_peak: sums that stop at the largest number instead of wrapping.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>

namespace splitscope {

[[nodiscard]] inline std::uint64_t saturating_add(std::uint64_t left, std::uint64_t right) {
  const std::uint64_t sum = left + right;
  return sum < left ? std::numeric_limits<std::uint64_t>::max() : sum;
}

[[nodiscard]] inline std::uint64_t sum_of(std::span<const std::uint64_t> sizes) {
  std::uint64_t sum = 0;
  for (const std::uint64_t size : sizes) sum = saturating_add(sum, size);
  return sum;
}

[[nodiscard]] inline std::uint64_t largest_of(std::span<const std::uint64_t> sizes) {
  return sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
}

/// At most `limit_bytes` for each file, and no more than the file has.
[[nodiscard]] inline std::uint64_t sum_of_limited(std::span<const std::uint64_t> sizes,
                                                  std::uint64_t limit_bytes) {
  std::uint64_t sum = 0;
  for (const std::uint64_t size : sizes) sum = saturating_add(sum, std::min(size, limit_bytes));
  return sum;
}

}  // namespace splitscope
