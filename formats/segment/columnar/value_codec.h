// The codecs of column values and the straight lines that two of them pack distances from (tantivy
// columnar/src/column_values/u64_based/line.rs). Section 3.6 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace splitscope::formats {

/// The codes are those of the first byte of the values.
enum class ValueCodec : std::uint8_t { kBitpacked = 0, kLinear = 1, kBlockwiseLinear = 2 };

/// Values that share a line and a width under kBlockwiseLinear; those from which the one line of
/// kLinear is taken.
inline constexpr std::size_t kLineBlockValues = 512;

/// Straight line in the fixed-point arithmetic of the linear codecs, modulo 2^64.
struct ValueLine {
  std::uint64_t slope = 0;
  std::uint64_t intercept = 0;

  [[nodiscard]] std::uint64_t at(std::uint32_t index) const {
    const auto rise = static_cast<std::int32_t>(static_cast<std::uint32_t>((index * slope) >> 32));
    return intercept + static_cast<std::uint64_t>(static_cast<std::int64_t>(rise));
  }

  bool operator==(const ValueLine&) const = default;
};

/// The line that tantivy draws for `values`: as steep as from the first to the last value, flat
/// where that needs more than 32 bits, and as high as it goes without passing above a value,
/// provided that none falls more than 2^32 below the first one's level. Zero for fewer than two.
[[nodiscard]] ValueLine fit_line(std::span<const std::uint64_t> values);

}  // namespace splitscope::formats
