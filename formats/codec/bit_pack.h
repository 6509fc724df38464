// The generic LSB-first bit packer of .fast columns and SSTable indexes (tantivy
// bitpacker/src/bitpacker.rs). Section 0.4 of docs/split-format.md.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace splitscope::formats {

/// Bits per value for values in [0, max_value]. Widths 57 to 63 become 64, because a reader does
/// one unaligned 8-byte load per value.
[[nodiscard]] constexpr unsigned packed_bits(std::uint64_t max_value) {
  const auto bits = static_cast<unsigned>(std::bit_width(max_value));
  return bits > 56 ? 64 : bits;
}

/// Bytes that `count` values of `bits` bits take; bits <= 64, count * bits must not overflow.
[[nodiscard]] constexpr std::uint64_t packed_bytes(std::uint64_t count, unsigned bits) {
  return (count * bits + 7) / 8;
}

/// Packs values one after another; `emit(word, n_bytes)` receives 8-byte little-endian words and,
/// at flush, the last 1..8 bytes.
template <typename Emit>
class BitPacker {
 public:
  explicit BitPacker(Emit emit) : emit_(emit) {}

  void put(std::uint64_t value, unsigned bits) {
    word_ |= value << used_;
    if (used_ + bits < 64) {
      used_ += bits;
      return;
    }
    emit_(word_, std::size_t{8});
    const unsigned done = 64 - used_;
    word_ = done < 64 ? value >> done : 0;
    used_ = used_ + bits - 64;
    if (used_ == 0) word_ = 0;
  }

  /// Pads with zero bits to a whole byte.
  void flush() {
    if (used_ > 0) emit_(word_, static_cast<std::size_t>((used_ + 7) / 8));
    word_ = 0;
    used_ = 0;
  }

 private:
  Emit emit_;
  std::uint64_t word_ = 0;
  unsigned used_ = 0;
};

/// Value number `index` of `bits` bits in `packed`. Bytes past the end count as zero, as tantivy's
/// reader has it; bits is 0..56 or 64.
[[nodiscard]] inline std::uint64_t unpack_at(std::span<const std::byte> packed, std::uint64_t index,
                                             unsigned bits) {
  if (bits == 0) return 0;
  const std::uint64_t bit = index * bits;
  const std::uint64_t byte = bit >> 3;
  if (byte >= packed.size()) return 0;
  std::uint64_t word = 0;
  const std::size_t left = packed.size() - static_cast<std::size_t>(byte);
  std::memcpy(&word, packed.data() + byte, left < 8 ? left : 8);
  word >>= bit & 7;
  return bits == 64 ? word : word & ((std::uint64_t{1} << bits) - 1);
}

}  // namespace splitscope::formats
