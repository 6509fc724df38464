// Google Benchmark drives the run: every case is a registered benchmark.
#pragma once

#include <functional>
#include <iosfwd>
#include <vector>

#include "harness/run/benchmark_flags.h"
#include "harness/run/sample.h"

namespace splitscope::run {

/// What the run tells whoever watches. All calls come from the driving thread. An exception ends
/// the run.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void sample_started(const CaseId& id, std::size_t done, std::size_t total) = 0;
  virtual void sample_ended(const CaseId& id, const Sample& sample, std::size_t done,
                            std::size_t total) = 0;
};

/// One result for each case, without samples; repetitions as the flags have them.
[[nodiscard]] std::vector<CaseResult> planned_results(std::vector<CaseSpec> cases,
                                                      const BenchmarkFlags& flags);

struct DriveHooks {
  std::function<Sample(const CaseSpec&)> run_sample;
  /// After each sample that was run, with all results; where they are written to the disk.
  std::function<void()> sample_finished;
  /// Where --benchmark_out goes, else null.
  std::ostream* file = nullptr;
};

/// Runs the samples that `results` lack, in Google Benchmark's order, and adds each to its case as
/// soon as it is finished. Samples that are there already are shown to the reporters as if they had
/// just run. Call once per process: Google Benchmark keeps its registry for good. Errors: those of
/// the hooks; Interrupted before a sample when the process is told to end.
void drive(std::vector<CaseResult>& results, const BenchmarkFlags& flags, const DriveHooks& hooks,
           Progress& progress);

}  // namespace splitscope::run
