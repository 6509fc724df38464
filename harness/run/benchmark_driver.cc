#include "harness/run/benchmark_driver.h"

#include <benchmark/benchmark.h>

#include <charconv>
#include <cstdlib>
#include <memory>
#include <regex>

#include "base/errors.h"

namespace splitscope::run {
namespace {

// Google Benchmark appends "/iterations:1/manual_time" to names and knows its own processor time
// only. This gives its reporters the case id and the child's time.
template <typename Reporter>
class CaseReporter : public Reporter {
 public:
  using Reporter::Reporter;

  void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& reports) override {
    auto runs = reports;
    for (auto& run : runs) {
      run.run_name.iterations.clear();
      run.run_name.repetitions.clear();
      run.run_name.time_type.clear();
      const auto user = run.counters.find("user_ms");
      const auto system = run.counters.find("system_ms");
      if (user != run.counters.end() && system != run.counters.end()) {
        // Accumulated times are in seconds over all iterations, of which there is one.
        run.cpu_accumulated_time = (user->second.value + system->second.value) / 1000.0;
      }
    }
    Reporter::ReportRuns(runs);
  }
};

// The comparison table comes afterwards instead.
class SilentReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& /*context*/) override { return true; }
  void ReportRuns(const std::vector<Run>& /*reports*/) override {}
};

void carry_measures(const Sample& sample, benchmark::State& state) {
  for (const record::Measure& measure : sample.measures) {
    if (const auto value = sample.value(measure.key)) state.counters[measure.key] = *value;
  }
  // An iteration without time would be divided by.
  constexpr double kLeastSeconds = 1e-9;
  const double seconds = sample.value("wall_ms").value_or(0) / 1000.0;
  state.SetIterationTime(seconds > kLeastSeconds ? seconds : kLeastSeconds);
}

std::string value_of(const std::string& flag, const std::string& name) {
  const std::string prefix = "--benchmark_" + name + "=";
  return flag.starts_with(prefix) ? flag.substr(prefix.size()) : std::string();
}

int parse_repetitions(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 1) {
    throw UsageError("--benchmark_repetitions=" + text + " is not a number of at least 1");
  }
  return value;
}

}  // namespace

BenchmarkFlags::BenchmarkFlags(const std::vector<std::string>& flags) {
  // Google Benchmark keeps a pointer to the name.
  static std::string name = "splitscope";
  std::vector<std::string> arguments;
  writes_file_ = std::getenv("BENCHMARK_OUT") != nullptr;
  if (const char* text = std::getenv("BENCHMARK_REPETITIONS")) {
    repetitions_ = parse_repetitions(text);
  }
  for (const std::string& flag : flags) {
    if (!flag.starts_with("--benchmark_")) {
      throw UsageError("unknown argument '" + flag + "'; see splitscope run --help");
    }
    if (flag == "--benchmark_list_tests" || flag == "--benchmark_list_tests=true") {
      list_only_ = true;
      continue;
    }
    if (const auto format = value_of(flag, "format"); !format.empty()) display_format_ = format;
    if (const auto format = value_of(flag, "out_format"); !format.empty()) out_format_ = format;
    if (flag.starts_with("--benchmark_out=")) writes_file_ = true;
    if (const auto text = value_of(flag, "repetitions"); !text.empty()) {
      repetitions_ = parse_repetitions(text);
    }
    arguments.push_back(flag);
  }
  for (const std::string& format : {display_format_, out_format_}) {
    if (!format.empty() && format != "console" && format != "json" && format != "csv") {
      throw UsageError("benchmark format '" + format + "' is unknown; write console, json or csv");
    }
  }
  std::vector<char*> pointers{name.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  auto count = static_cast<int>(pointers.size());
  pointers.push_back(nullptr);
  benchmark::Initialize(&count, pointers.data());
  if (count > 1) {
    throw UsageError("Google Benchmark does not know '" + std::string(pointers.at(1)) + "'");
  }
}

bool BenchmarkFlags::selects(const CaseId& id) const {
  std::string filter = benchmark::GetBenchmarkFilter();
  if (filter.empty() || filter == "all") return true;
  const bool negated = filter.front() == '-';
  if (negated) filter.erase(0, 1);
  try {
    return std::regex_search(id.text(), std::regex(filter, std::regex::extended)) != negated;
  } catch (const std::regex_error& error) {
    throw UsageError("--benchmark_filter=" + filter + " is no regular expression: " + error.what());
  }
}

std::vector<CaseResult> drive(std::vector<CaseSpec> cases, const BenchmarkFlags& flags,
                              const std::function<Sample(const CaseSpec&)>& run_sample,
                              Progress& progress) {
  std::vector<CaseResult> results;
  std::size_t total = 0;
  for (CaseSpec& spec : cases) {
    if (flags.repetitions_) spec.repetitions = *flags.repetitions_;
    total += static_cast<std::size_t>(spec.repetitions);
    results.push_back({std::move(spec), {}});
  }
  std::size_t done = 0;
  for (CaseResult& result : results) {
    const CaseSpec& spec = result.spec;
    auto* registered =
        benchmark::RegisterBenchmark(spec.id.text().c_str(), [&](benchmark::State& state) {
          for ([[maybe_unused]] auto iteration : state) {
            progress.sample_started(spec.id, done, total);
            Sample sample = run_sample(spec);
            ++done;
            progress.sample_ended(spec.id, sample, done, total);
            carry_measures(sample, state);
            result.samples.push_back(std::move(sample));
            if (!result.samples.back().ok()) {
              state.SkipWithError(result.samples.back().message.c_str());
              break;
            }
          }
        });
    registered->UseManualTime()
        ->Iterations(1)
        ->Repetitions(spec.repetitions)
        ->Unit(benchmark::kMillisecond);
  }

  std::unique_ptr<benchmark::BenchmarkReporter> display;
  if (flags.display_format_.empty()) {
    display = std::make_unique<SilentReporter>();
  } else if (flags.display_format_ == "json") {
    display = std::make_unique<CaseReporter<benchmark::JSONReporter>>();
  } else if (flags.display_format_ == "console") {
    display = std::make_unique<CaseReporter<benchmark::ConsoleReporter>>();
  }
  std::unique_ptr<benchmark::BenchmarkReporter> file;
  if (flags.writes_file_ && (flags.out_format_.empty() || flags.out_format_ == "json")) {
    file = std::make_unique<CaseReporter<benchmark::JSONReporter>>();
  }
  // The filter has been applied to the case ids already.
  benchmark::RunSpecifiedBenchmarks(display.get(), file.get(), "all");
  return results;
}

}  // namespace splitscope::run
