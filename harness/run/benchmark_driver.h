// Google Benchmark drives the run: every case is a registered benchmark.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/sample.h"
#include "harness/run/suite.h"

namespace splitscope::run {

/// What the run tells whoever watches. All calls come from the driving thread.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void sample_started(const CaseId& id, std::size_t done, std::size_t total) = 0;
  virtual void sample_ended(const CaseId& id, const Sample& sample, std::size_t done,
                            std::size_t total) = 0;
};

/// The --benchmark_ options of the command line, checked against Google Benchmark's own parser.
class BenchmarkFlags {
 public:
  /// Errors: UsageError for an option that neither it nor Google Benchmark knows.
  explicit BenchmarkFlags(const std::vector<std::string>& flags);

  /// Whether --benchmark_filter (or $BENCHMARK_FILTER) takes the case; a leading "-" negates.
  /// Errors: UsageError for what is no regular expression.
  [[nodiscard]] bool selects(const CaseId& id) const;
  /// --benchmark_list_tests: names only.
  [[nodiscard]] bool list_only() const { return list_only_; }
  /// --benchmark_format: Google Benchmark itself writes to stdout.
  [[nodiscard]] bool own_display() const { return !display_format_.empty(); }

 private:
  friend std::vector<CaseResult> drive(std::vector<CaseSpec>, const BenchmarkFlags&,
                                       const std::function<Sample(const CaseSpec&)>&, Progress&);

  std::string display_format_;
  std::string out_format_;
  bool writes_file_ = false;
  std::optional<int> repetitions_;
  bool list_only_ = false;
};

/// Runs all cases; results come in the order of `cases`, whatever the order of running was.
/// Call once per process: Google Benchmark keeps its registry for good.
[[nodiscard]] std::vector<CaseResult> drive(
    std::vector<CaseSpec> cases, const BenchmarkFlags& flags,
    const std::function<Sample(const CaseSpec&)>& run_sample, Progress& progress);

}  // namespace splitscope::run
