#include "formats/segment/columnar/ordinal_map.h"

#include <bit>
#include <stdexcept>
#include <string>

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kEveryByte = 0x0101010101010101;

// Bits set up to and including each byte, one byte each. Written out because the baseline
// instruction set has no population count.
constexpr std::uint64_t running_counts(std::uint64_t word) {
  std::uint64_t sums = word - ((word >> 1) & 0x5555555555555555);
  sums = (sums & 0x3333333333333333) + ((sums >> 2) & 0x3333333333333333);
  sums = (sums + (sums >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return sums * kEveryByte;
}

// Position of set bit number `rank`; `counts` are the running counts of `word`.
unsigned select_in_word(std::uint64_t word, std::uint64_t counts, std::uint64_t rank) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  // Bytes whose running count is at most rank lie before the bit: compare all eight at once.
  const std::uint64_t at_most = ((rank * kEveryByte) | kHighBits) - counts;
  const auto byte = static_cast<unsigned>((((at_most & kHighBits) >> 7) * kEveryByte) >> 56);
  const std::uint64_t before = byte == 0 ? 0 : (counts >> (8 * byte - 8)) & 0xFF;
  auto bits = static_cast<unsigned>((word >> (8 * byte)) & 0xFF);
  for (std::uint64_t left = rank - before; left > 0; --left) bits &= bits - 1;
  return 8 * byte + static_cast<unsigned>(std::countr_zero(bits));
}

std::size_t words_for(std::uint64_t bits) { return static_cast<std::size_t>((bits + 63) / 64); }

}  // namespace

OrdinalMap::OrdinalMap(std::uint64_t count, std::uint64_t bound) : count_(count), bound_(bound) {
  if (count == 0) return;
  if (count > bound) {
    throw std::logic_error("ordinal map: " + std::to_string(count) +
                           " increasing values do not lie below " + std::to_string(bound));
  }
  low_bits_ = static_cast<unsigned>(std::bit_width(bound / count)) - 1;
  low_.resize(words_for(count * low_bits_) + 1);
  high_.resize(words_for(count + (bound >> low_bits_) + 1));
  samples_.resize(static_cast<std::size_t>((count - 1) >> kSampleShift) + 1);
}

void OrdinalMap::push_back(std::uint64_t value) {
  if (size_ == count_ || value < next_ || value >= bound_) {
    throw std::logic_error("ordinal map: value " + std::to_string(value) + " as number " +
                           std::to_string(size_) + " of " + std::to_string(count_) +
                           "; expected one from " + std::to_string(next_) + " to " +
                           std::to_string(bound_));
  }
  const std::uint64_t position = (value >> low_bits_) + size_;
  high_[position / 64] |= std::uint64_t{1} << (position % 64);
  if ((size_ & ((1u << kSampleShift) - 1)) == 0) samples_[size_ >> kSampleShift] = position;
  if (low_bits_ > 0) {
    const std::uint64_t low = value & ((std::uint64_t{1} << low_bits_) - 1);
    const std::uint64_t bit = size_ * low_bits_;
    low_[bit / 64] |= low << (bit % 64);
    if (bit % 64 + low_bits_ > 64) low_[bit / 64 + 1] |= low >> (64 - bit % 64);
  }
  ++size_;
  next_ = value + 1;
}

std::uint64_t OrdinalMap::operator[](std::uint64_t index) const {
  const std::uint64_t sample = samples_[index >> kSampleShift];
  std::uint64_t rank = index & ((1u << kSampleShift) - 1);
  std::uint64_t at = sample / 64;
  std::uint64_t word = high_[at] & (~std::uint64_t{0} << (sample % 64));
  std::uint64_t counts = running_counts(word);
  while (rank >= counts >> 56) {
    rank -= counts >> 56;
    word = high_[++at];
    counts = running_counts(word);
  }
  const std::uint64_t high = at * 64 + select_in_word(word, counts, rank) - index;
  if (low_bits_ == 0) return high;
  const std::uint64_t bit = index * low_bits_;
  std::uint64_t low = low_[bit / 64] >> (bit % 64);
  if (bit % 64 + low_bits_ > 64) low |= low_[bit / 64 + 1] << (64 - bit % 64);
  return (high << low_bits_) | (low & ((std::uint64_t{1} << low_bits_) - 1));
}

bool OrdinalMap::map(std::span<std::uint64_t> ordinals) const {
  for (std::uint64_t& ordinal : ordinals) {
    if (ordinal >= size_) return false;
    ordinal = (*this)[ordinal];
  }
  return true;
}

std::uint64_t OrdinalMap::heap_bytes() const {
  return (low_.capacity() + high_.capacity() + samples_.capacity()) * sizeof(std::uint64_t);
}

}  // namespace splitscope::formats
