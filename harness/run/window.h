// The measured window: the recorders around the instances of one workload.
#pragma once

#include <exception>
#include <memory>
#include <vector>

#include "harness/record/catalog.h"
#include "harness/run/sample.h"
#include "strategies/interface/access_counters.h"
#include "strategies/interface/strategy.h"
#include "workloads/workload.h"

namespace splitscope::run {

/// Runs all instances at once, the first on this thread and each other on one of its own that was
/// started before the window. Fills in the measures and the histograms of `sample`.
/// Returns the first error, whose window was recorded all the same.
[[nodiscard]] std::exception_ptr run_window(
    const std::vector<std::unique_ptr<workloads::Workload>>& instances, Strategy& strategy,
    AccessCounters& counters, const record::RecorderOptions& options, Sample& sample);

}  // namespace splitscope::run
