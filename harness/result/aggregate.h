// Median, minimum and maximum of a measure over the samples of a case.
#pragma once

#include <optional>
#include <string_view>

#include "harness/record/measure.h"
#include "harness/run/sample.h"

namespace splitscope::result {

enum class Aggregate { kMedian, kMin, kMax };

[[nodiscard]] std::string_view to_string(Aggregate aggregate);

/// Over the ok samples that have the measure; absent, with the first sample's reason, when none
/// has. A median between two counts is rounded down, so that counts stay counts.
[[nodiscard]] record::Measure aggregate(const run::CaseResult& result, std::string_view key,
                                        Aggregate which);

/// The median as a real, for tables.
[[nodiscard]] std::optional<double> median(const run::CaseResult& result, std::string_view key);

}  // namespace splitscope::result
