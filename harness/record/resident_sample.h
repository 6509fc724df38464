// One moment of a process's memory, by kind.
#pragma once

#include <algorithm>
#include <cstdint>

namespace splitscope::record {

/// A figure that nobody measured.
inline constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

/// anon + file + shmem is the resident set at that moment: all three come from one read. Plain
/// data, fit for shared memory.
struct ResidentSample {
  std::uint64_t t_us = 0;  ///< since the window opened
  std::uint64_t anon_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shmem_bytes = 0;
  std::uint64_t heap_bytes = kUnknown;  ///< live above window open; kUnknown without a heap shim

  [[nodiscard]] std::uint64_t rss_bytes() const { return anon_bytes + file_bytes + shmem_bytes; }
  bool operator==(const ResidentSample&) const = default;
};

/// Highest of each kind over samples of any origin. The three fall at different moments and do not
/// add up to a peak of the total.
struct ResidentPeaks {
  std::uint64_t anon_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shmem_bytes = 0;

  void add(const ResidentSample& sample) {
    anon_bytes = std::max(anon_bytes, sample.anon_bytes);
    file_bytes = std::max(file_bytes, sample.file_bytes);
    shmem_bytes = std::max(shmem_bytes, sample.shmem_bytes);
  }
};

}  // namespace splitscope::record
