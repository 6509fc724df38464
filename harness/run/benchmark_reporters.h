// Google Benchmark's own output, on the screen and in a file, with our case ids.
#pragma once

#include <benchmark/benchmark.h>

#include <iosfwd>
#include <memory>
#include <vector>

#include "harness/run/benchmark_flags.h"
#include "harness/run/sample.h"

namespace splitscope::run {

/// Hands everything on to a reporter for the screen and one for the file. Google Benchmark is not
/// told of the file: it would open it for writing before the first sample.
class CaseReporters : public benchmark::BenchmarkReporter {
 public:
  /// Borrows `results` (for how many samples of a case were ok) and `file` (null: none).
  CaseReporters(const BenchmarkFlags& flags, const std::vector<CaseResult>& results,
                std::ostream* file);

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& reports) override;
  void Finalize() override;

 private:
  struct Sink {
    std::unique_ptr<benchmark::BenchmarkReporter> reporter;
    bool aggregates_only = false;
  };

  [[nodiscard]] bool has_aggregates(const Run& run) const;

  const std::vector<CaseResult>& results_;
  std::vector<Sink> sinks_;
};

}  // namespace splitscope::run
