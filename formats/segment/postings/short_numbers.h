// 32-bit numbers of variable length, the tails of postings and positions.
// Format: tantivy src/postings/compression/vint.rs; section 0.1 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "formats/codec/variable_number.h"

namespace splitscope::formats {

/// Bytes of the longest 32-bit VInt.
inline constexpr std::size_t kMaxShortNumberBytes = 5;

/// Reads one number at `at` into `number` and returns where it ends, or null where it is cut off by
/// `end` or does not fit 32 bits.
inline const std::byte* read_short_number(const std::byte* at, const std::byte* end,
                                          std::uint32_t& number) {
  const auto read = read_variable_number<HighBit::kOnLast, 32>(
      [&at, end] { return at == end ? -1 : std::to_integer<int>(*at++); });
  if (read.end != VariableEnd::kWhole) return nullptr;
  number = static_cast<std::uint32_t>(read.value);
  return at;
}

/// Writes one number at `at`, at most kMaxShortNumberBytes, and returns where it ends.
inline std::byte* write_short_number(std::byte* at, std::uint32_t number) {
  while (number >= 0x80) {
    *at++ = static_cast<std::byte>(number & 0x7F);
    number >>= 7;
  }
  *at++ = static_cast<std::byte>(number | 0x80);
  return at;
}

}  // namespace splitscope::formats
