#include "harness/run/benchmark_driver.h"

#include <benchmark/benchmark.h>

#include "base/death.h"
#include "base/printable.h"
#include "harness/run/benchmark_reporters.h"

namespace splitscope::run {
namespace {

void carry_measures(const Sample& sample, benchmark::State& state) {
  for (const record::Measure& measure : sample.measures) {
    if (const auto value = sample.value(measure.key)) state.counters[measure.key] = *value;
  }
  // An iteration without time would be divided by.
  constexpr double kLeastSeconds = 1e-9;
  const double seconds = sample.value("wall_ms").value_or(0) / 1000.0;
  state.SetIterationTime(seconds > kLeastSeconds ? seconds : kLeastSeconds);
}

// One case's part of the run.
class Driven {
 public:
  Driven(CaseResult& result, const DriveHooks& hooks, Progress& progress, std::size_t& done,
         std::size_t total)
      : result_(result), hooks_(hooks), progress_(progress), done_(done), total_(total) {}

  const Sample& next_sample() {
    if (next_ == result_.samples.size()) run_one();
    return result_.samples[next_++];
  }

 private:
  void run_one() {
    throw_if_dying();
    progress_.sample_started(result_.spec.id, done_, total_);
    Sample sample = hooks_.run_sample(result_.spec);
    // It may quote names from a malformed file.
    sample.message = printable(sample.message);
    ++done_;
    result_.samples.push_back(std::move(sample));
    if (hooks_.sample_finished) hooks_.sample_finished();
    progress_.sample_ended(result_.spec.id, result_.samples.back(), done_, total_);
  }

  CaseResult& result_;
  const DriveHooks& hooks_;
  Progress& progress_;
  std::size_t& done_;
  std::size_t total_;
  std::size_t next_ = 0;
};

}  // namespace

std::vector<CaseResult> planned_results(std::vector<CaseSpec> cases, const BenchmarkFlags& flags) {
  std::vector<CaseResult> results;
  for (CaseSpec& spec : cases) {
    spec.repetitions = flags.repetitions().value_or(spec.repetitions);
    results.push_back({std::move(spec), {}});
  }
  return results;
}

void drive(std::vector<CaseResult>& results, const BenchmarkFlags& flags, const DriveHooks& hooks,
           Progress& progress) {
  std::size_t total = 0;
  std::size_t done = 0;
  for (const CaseResult& result : results) {
    total += static_cast<std::size_t>(result.spec.repetitions);
    done += result.samples.size();
  }
  std::vector<Driven> driven;
  driven.reserve(results.size());
  for (CaseResult& result : results) {
    driven.emplace_back(result, hooks, progress, done, total);
    Driven& one = driven.back();
    auto* registered = benchmark::RegisterBenchmark(
        result.spec.id.text().c_str(), [&one](benchmark::State& state) {
          for ([[maybe_unused]] auto iteration : state) {
            const Sample& sample = one.next_sample();
            carry_measures(sample, state);
            if (!sample.ok()) {
              state.SkipWithError(sample.message.c_str());
              break;
            }
          }
        });
    registered->UseManualTime()
        ->Iterations(1)
        ->Repetitions(result.spec.repetitions)
        ->Unit(benchmark::kMillisecond);
  }
  for (const auto& [key, value] : flags.context) benchmark::AddCustomContext(key, value);
  CaseReporters reporters(flags, results, hooks.file);
  // The filter has been applied to the case ids already.
  benchmark::RunSpecifiedBenchmarks(&reporters, nullptr, "all");
  // The pipe that it wrote to may have closed after the last sample.
  throw_if_dying();
}

}  // namespace splitscope::run
