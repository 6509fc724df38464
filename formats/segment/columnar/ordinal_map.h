// From the ordinals of one dictionary to those of the merged one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace splitscope::formats {

/// A strictly increasing sequence in Elias-Fano form: the low bits of each value packed, the high
/// bits as a bit vector with one bit per value, and every 256th of these bits found by a sample.
/// Takes 2 + log2(bound / count) bits per entry and 0.25 more for the samples: some 4.6 for five
/// dictionaries of equal size without common keys, against 64 of a plain vector.
/// Allocates in the constructor only. Once full, threads may share it.
class OrdinalMap {
 public:
  /// For `count` values below `bound`.
  OrdinalMap(std::uint64_t count, std::uint64_t bound);

  /// The next value, above the one before and below the bound; std::logic_error otherwise or when
  /// there are `count` already.
  void push_back(std::uint64_t value);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Value number `index`, below size().
  [[nodiscard]] std::uint64_t operator[](std::uint64_t index) const;
  /// Replaces each ordinal by its value. False, with `ordinals` in part replaced, when one is not
  /// below size().
  [[nodiscard]] bool map(std::span<std::uint64_t> ordinals) const;

  /// What it holds on the heap.
  [[nodiscard]] std::uint64_t heap_bytes() const;

 private:
  static constexpr unsigned kSampleShift = 8;

  std::uint64_t count_;
  std::uint64_t bound_;
  std::uint64_t size_ = 0;
  std::uint64_t next_ = 0;
  unsigned low_bits_ = 0;
  std::vector<std::uint64_t> low_;
  std::vector<std::uint64_t> high_;
  std::vector<std::uint64_t> samples_;
};

}  // namespace splitscope::formats
