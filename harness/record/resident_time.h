// How much memory for how long.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "harness/record/measure.h"
#include "harness/record/resident_sample.h"

namespace splitscope::record {

struct ResidentTime {
  double byte_seconds = 0;
  std::uint64_t average_bytes = 0;
};

/// The resident set over time, between two samples along the straight line. `samples` by time.
/// Nothing where fewer than two moments were sampled.
[[nodiscard]] std::optional<ResidentTime> resident_time(const std::vector<ResidentSample>& samples);

/// average_rss_bytes and rss_byte_seconds.
[[nodiscard]] Measures resident_time_measures(const std::vector<ResidentSample>& samples);

}  // namespace splitscope::record
