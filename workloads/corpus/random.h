// The project's own random numbers: the same seed gives the same values on every machine, which the
// standard library's distributions and the mathematics library do not promise.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace splitscope::workloads {

/// xoshiro256++ (Blackman and Vigna), seeded through SplitMix64. Integer arithmetic only.
class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9E3779B97F4A7C15ULL;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
      mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
      word = mixed ^ (mixed >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /// In [0, bound); bound > 0. The bias of the multiplication is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }

  /// In [low, high].
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }

  /// True in `per_mille` of 1000 cases.
  bool chance(std::uint64_t per_mille) { return below(1000) < per_mille; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

/// Ranks in [0, count) where rank k comes up in proportion to 1 / (k + 1): Zipf's law. Every octave
/// of k + 1 weighs nearly the same, so an octave is drawn first and a rank in it by rejection,
/// which needs no logarithm.
class Zipf {
 public:
  explicit Zipf(std::uint64_t count)
      : count_(count), octaves_(static_cast<std::uint64_t>(std::bit_width(count))) {}

  std::uint64_t operator()(Random& random) const {
    for (;;) {
      const std::uint64_t low = std::uint64_t{1} << random.below(octaves_);
      const std::uint64_t at = low + random.below(low);
      if (at <= count_ && random.below(at) < low) return at - 1;
    }
  }

 private:
  std::uint64_t count_;
  std::uint64_t octaves_;
};

}  // namespace splitscope::workloads
