// Order-preserving maps from the typed values of a field to u64 (tantivy common/src/lib.rs): what
// columns hold, and as 8 big-endian bytes what term dictionaries hold. Section 0.3 of
// docs/split-format.md.
#pragma once

#include <bit>
#include <cstdint>

namespace splitscope::formats {

inline constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

[[nodiscard]] constexpr std::uint64_t map_i64(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ kSignBit;
}
[[nodiscard]] constexpr std::int64_t unmap_i64(std::uint64_t mapped) {
  return static_cast<std::int64_t>(mapped ^ kSignBit);
}

/// Total order of the bits: -NaN < -inf < ... < -0.0 < 0.0 < ... < inf < NaN.
[[nodiscard]] constexpr std::uint64_t map_f64(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & kSignBit) == 0 ? bits ^ kSignBit : ~bits;
}
[[nodiscard]] constexpr double unmap_f64(std::uint64_t mapped) {
  return std::bit_cast<double>((mapped & kSignBit) != 0 ? mapped ^ kSignBit : ~mapped);
}

[[nodiscard]] constexpr std::uint64_t map_bool(bool value) { return value ? 1 : 0; }

/// Dates are i64 nanoseconds since 1970. A column holds them cut to the field's precision, the term
/// dictionary cut to seconds; the store keeps them whole.
[[nodiscard]] constexpr std::uint64_t map_date(std::int64_t nanoseconds) {
  return map_i64(nanoseconds);
}
[[nodiscard]] constexpr std::int64_t unmap_date(std::uint64_t mapped) { return unmap_i64(mapped); }

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

/// Cuts to a multiple of `precision` (nanoseconds, above 0) towards zero, as tantivy's
/// DateTime::truncate does by integer division.
[[nodiscard]] constexpr std::int64_t truncate_date(std::int64_t nanoseconds,
                                                   std::int64_t precision = kNanosecondsPerSecond) {
  return nanoseconds / precision * precision;
}

}  // namespace splitscope::formats
