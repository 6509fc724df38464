#include "harness/run/benchmark_reporters.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "base/environment.h"

namespace splitscope::run {
namespace {

using benchmark::BenchmarkReporter;

// Google Benchmark calls its writer of CSV deprecated, and offers no other.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// Its writer ends the program when a later case has a counter that the first had not, so it gets
// all rows at once.
class WholeCsvReporter : public benchmark::CSVReporter {
 public:
  void ReportRuns(const std::vector<Run>& reports) override {
    runs_.insert(runs_.end(), reports.begin(), reports.end());
  }
  void Finalize() override { benchmark::CSVReporter::ReportRuns(runs_); }

 private:
  std::vector<Run> runs_;
};

#pragma GCC diagnostic pop

bool colored(const BenchmarkFlags& flags) {
  if (flags.color) return *flags.color;
  return !environment::value_of(environment::kNoColor) && isatty(STDOUT_FILENO) == 1;
}

std::unique_ptr<BenchmarkReporter> make_reporter(BenchmarkFormat format, bool color, bool tabular) {
  switch (format) {
    case BenchmarkFormat::kNone:
      return nullptr;
    case BenchmarkFormat::kConsole: {
      const int options = (color ? benchmark::ConsoleReporter::OO_Color : 0) |
                          (tabular ? benchmark::ConsoleReporter::OO_Tabular : 0);
      return std::make_unique<benchmark::ConsoleReporter>(
          static_cast<benchmark::ConsoleReporter::OutputOptions>(options));
    }
    case BenchmarkFormat::kJson:
      return std::make_unique<benchmark::JSONReporter>();
    case BenchmarkFormat::kCsv:
      return std::make_unique<WholeCsvReporter>();
  }
  return nullptr;
}

// Google Benchmark appends "/iterations:1/manual_time" to names and knows its own processor time
// only. This gives its reporters the case id and the child's time.
BenchmarkReporter::Run with_case_names(BenchmarkReporter::Run run) {
  run.run_name.iterations.clear();
  run.run_name.repetitions.clear();
  run.run_name.time_type.clear();
  const auto user = run.counters.find("user_ms");
  const auto system = run.counters.find("system_ms");
  if (user != run.counters.end() && system != run.counters.end()) {
    // Accumulated times are in seconds over all iterations, of which there is one.
    run.cpu_accumulated_time = (user->second.value + system->second.value) / 1000.0;
  }
  return run;
}

}  // namespace

CaseReporters::CaseReporters(const BenchmarkFlags& flags, const std::vector<CaseResult>& results,
                             std::ostream* file)
    : results_(results) {
  if (auto reporter = make_reporter(flags.display, colored(flags), flags.tabular)) {
    sinks_.push_back({std::move(reporter), flags.display_aggregates_only});
  }
  if (file != nullptr) {
    auto reporter = make_reporter(flags.out_format, false, flags.tabular);
    reporter->SetOutputStream(file);
    sinks_.push_back({std::move(reporter), flags.file_aggregates_only});
  }
}

bool CaseReporters::ReportContext(const Context& context) {
  for (Sink& sink : sinks_) {
    if (!sink.reporter->ReportContext(context)) return false;
    sink.reporter->GetOutputStream().flush();
  }
  return true;
}

// Google Benchmark makes aggregates of two good repetitions or more.
bool CaseReporters::has_aggregates(const Run& run) const {
  for (const CaseResult& result : results_) {
    if (result.spec.id.text() != run.run_name.function_name) continue;
    return std::count_if(result.samples.begin(), result.samples.end(),
                         [](const Sample& sample) { return sample.ok(); }) >= 2;
  }
  return false;
}

void CaseReporters::ReportRuns(const std::vector<Run>& reports) {
  for (Sink& sink : sinks_) {
    std::vector<Run> shown;
    for (const Run& run : reports) {
      const bool is_sample = run.run_type == Run::RT_Iteration;
      if (is_sample && sink.aggregates_only && has_aggregates(run)) continue;
      shown.push_back(with_case_names(run));
    }
    if (shown.empty()) continue;
    sink.reporter->ReportRuns(shown);
    sink.reporter->GetOutputStream().flush();
  }
}

void CaseReporters::Finalize() {
  for (Sink& sink : sinks_) {
    sink.reporter->Finalize();
    sink.reporter->GetOutputStream().flush();
  }
}

}  // namespace splitscope::run
