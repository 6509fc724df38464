// Packs blocks of 128 numbers in four interleaved lanes: the blocks of `.idx` and `.pos`.
// Format: the bitpacking crate's BitPacker4x (src/bitpacker4x.rs, src/macros.rs); section 0.5 of
// docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "formats/segment/limits.h"

namespace splitscope::formats {

/// Widest number in bits.
inline constexpr unsigned kMaxBlockBits = 32;

using NumberBlock = std::array<std::uint32_t, kBlockLength>;

/// Bytes of a packed block of `bits`-bit numbers.
[[nodiscard]] constexpr std::size_t packed_block_bytes(unsigned bits) {
  return bits * kBlockLength / 8;
}
inline constexpr std::size_t kMaxPackedBlockBytes = packed_block_bytes(kMaxBlockBits);

/// Bits of the widest number.
[[nodiscard]] unsigned block_bits(const NumberBlock& numbers);

/// Writes packed_block_bytes(bits) bytes to `packed`. Numbers must fit `bits` <= 32 bits.
void pack_block(const NumberBlock& numbers, unsigned bits, std::byte* packed);

/// Reads packed_block_bytes(bits) bytes from `packed`; bits <= 32.
void unpack_block(const std::byte* packed, unsigned bits, NumberBlock& numbers);

/// `before` of the strict transforms where no number comes before: the first stays as it is.
inline constexpr std::uint32_t kNoNumberBefore = 0xFFFFFFFF;

/// deltas[n] = sorted[n] - sorted[n-1] - 1, where sorted[-1] is `before`; wraps at 2^32.
void to_strict_deltas(const NumberBlock& sorted, std::uint32_t before, NumberBlock& deltas);

/// Undoes to_strict_deltas in place.
void from_strict_deltas(std::uint32_t before, NumberBlock& numbers);

/// In place, the sums of plain deltas, as formats before 6 have them; `before` is 0 for the first
/// block. Wraps at 2^32.
void from_plain_deltas(std::uint32_t before, NumberBlock& numbers);

/// The same without vector instructions: what other processors run, and what tests compare with.
namespace scalar {
unsigned block_bits(const formats::NumberBlock& numbers);
void pack_block(const formats::NumberBlock& numbers, unsigned bits, std::byte* packed);
void unpack_block(const std::byte* packed, unsigned bits, formats::NumberBlock& numbers);
void to_strict_deltas(const formats::NumberBlock& sorted, std::uint32_t before,
                      formats::NumberBlock& deltas);
void from_strict_deltas(std::uint32_t before, formats::NumberBlock& numbers);
void from_plain_deltas(std::uint32_t before, formats::NumberBlock& numbers);
}  // namespace scalar

}  // namespace splitscope::formats
