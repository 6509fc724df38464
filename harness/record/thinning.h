// Cuts a long timeline down to what a chart needs.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/record/resident_sample.h"

namespace splitscope::record {

/// Rows of a timeline that a result carries.
inline constexpr std::size_t kMaxTimelineRows = 2000;

/// Sorts `rows` by time and keeps at most `limit` (at least 16). Kept in any case: the first and
/// last row, the highest of each column (RSS, anon, file, shmem, heap), and every local maximum of
/// a column as long as they fit. Where they do not fit, the highest of each column in each of
/// equally long stretches of rows stays.
[[nodiscard]] std::vector<ResidentSample> thin_timeline(std::vector<ResidentSample> rows,
                                                        std::size_t limit = kMaxTimelineRows);

}  // namespace splitscope::record
