// 32-bit numbers of variable length, the tails of postings and positions.
// Format: tantivy src/postings/compression/vint.rs; section 0.1 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace splitscope::formats {

/// Bytes of the longest 32-bit VInt.
inline constexpr std::size_t kMaxShortNumberBytes = 5;

/// Reads one number at `at` into `number` and returns where it ends, or null where it is cut off by
/// `end` or does not fit 32 bits.
inline const std::byte* read_short_number(const std::byte* at, const std::byte* end,
                                          std::uint32_t& number) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 7 * kMaxShortNumberBytes; shift += 7) {
    if (at == end) return nullptr;
    const auto byte = std::to_integer<std::uint64_t>(*at++);
    value |= (byte & 0x7F) << shift;
    if ((byte & 0x80) != 0) {
      number = static_cast<std::uint32_t>(value);
      return value <= 0xFFFFFFFF ? at : nullptr;
    }
  }
  return nullptr;
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
