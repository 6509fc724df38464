// One phase of a measured program, as a result has it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/record/resident_sample.h"

namespace splitscope::record {

/// Phases of one sample that are kept; all beyond are counted.
inline constexpr std::size_t kMaxPhases = 256;

/// Byte figures that were not measured are kUnknown.
struct Phase {
  std::string name;
  std::uint64_t start_us = 0;
  std::uint64_t end_us = 0;  ///< kUnknown for a phase that never ended: the child died in it
  std::uint64_t peak_heap_bytes = kUnknown;
  std::uint64_t end_heap_bytes = kUnknown;
  std::uint64_t pss_bytes = kUnknown;
  /// The highest that a sample within the phase saw, each kind by itself: at least.
  std::uint64_t peak_rss_bytes = kUnknown;
  std::uint64_t peak_rss_anon_bytes = kUnknown;
  std::uint64_t peak_rss_file_bytes = kUnknown;
  std::uint64_t peak_rss_shmem_bytes = kUnknown;
  /// Of whoever began it, where several processes of a command did; else 0.
  pid_t pid = 0;

  void add(const ResidentSample& sample) {
    raise(peak_rss_bytes, sample.rss_bytes());
    raise(peak_rss_anon_bytes, sample.anon_bytes);
    raise(peak_rss_file_bytes, sample.file_bytes);
    raise(peak_rss_shmem_bytes, sample.shmem_bytes);
  }
  static void raise(std::uint64_t& peak, std::uint64_t value) {
    if (value != kUnknown && (peak == kUnknown || peak < value)) peak = value;
  }
};

}  // namespace splitscope::record
