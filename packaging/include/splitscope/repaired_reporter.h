// Up to version 1.9.1 Google Benchmark's reports point at memory results that have moved by the
// time they are written, as soon as there is more than one repetition: the figures in the JSON are
// then whatever lies there. Debian 12 (1.7.1) and 13 (1.9.1) have such a version. What is here puts
// the right results in their places; from 1.9.2 on it does nothing.
#pragma once

#include <benchmark/benchmark.h>

#include <cctype>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace splitscope {

using MemoryResult = benchmark::MemoryManager::Result;

/// Whether this version's reports hold pointers.
inline constexpr bool kResultsMayDangle =
    std::is_pointer_v<decltype(benchmark::BenchmarkReporter::Run::memory_result)>;

/// The flags that decide about reporters, read before benchmark::Initialize takes them away.
struct OutputFlags {
  OutputFlags(int argc, char** argv)
      : out(value_of(argc, argv, "benchmark_out", "")),
        out_format(value_of(argc, argv, "benchmark_out_format", "json")),
        interleaved(
            is_true(value_of(argc, argv, "benchmark_enable_random_interleaving", "false"))) {}

  std::string out;
  std::string out_format;
  bool interleaved;

 private:
  // The last --NAME=VALUE, else the environment's NAME in capitals, as the library looks for it.
  static std::string value_of(int argc, char** argv, const std::string& name, std::string value) {
    std::string variable;
    for (const char c : name) variable += static_cast<char>(std::toupper(c));
    if (const char* set = std::getenv(variable.c_str())) value = set;
    const std::string start = "--" + name;
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (word == start) value = "true";
      if (word.compare(0, start.size() + 1, start + "=") == 0)
        value = word.substr(start.size() + 1);
    }
    return value;
  }
  static bool is_true(const std::string& value) {
    return !value.empty() && std::string("0fFnN").find(value.front()) == std::string::npos;
  }
};

/// Hands every report on to `inner` with its memory results replaced. `results` are those of all
/// repetitions in the order in which they ran; both must outlive this.
/// `Row` is BenchmarkReporter::Run, as a parameter so that newer versions never look inside.
template <typename Row>
class RepairedReporter : public benchmark::BenchmarkReporter {
 public:
  RepairedReporter(benchmark::BenchmarkReporter& inner, const std::vector<MemoryResult>& results,
                   bool interleaved)
      : inner_(inner), results_(results), interleaved_(interleaved) {}

  bool ReportContext(const Context& context) override {
    inner_.SetOutputStream(&GetOutputStream());
    inner_.SetErrorStream(&GetErrorStream());
    return inner_.ReportContext(context);
  }

  void ReportRuns(const std::vector<Row>& reports) override {
    std::vector<Row> repaired = reports;
    for (Row& run : repaired) repair(run);
    inner_.ReportRuns(repaired);
  }

  void Finalize() override { inner_.Finalize(); }

 private:
  void repair(Row& run) {
    // A benchmark's repetitions ran one after the other; single ones or their aggregates may be all
    // that is reported.
    const auto [first, is_new] =
        firsts_.try_emplace({run.family_index, run.per_family_instance_index}, next_);
    if (is_new) next_ += static_cast<std::size_t>(run.repetitions);
    if (run.memory_result == nullptr) return;
    const std::size_t place = first->second + static_cast<std::size_t>(run.repetition_index);
    // Rather nothing than another benchmark's.
    run.memory_result = interleaved_ || place >= results_.size() ? nullptr : &results_[place];
  }

  benchmark::BenchmarkReporter& inner_;
  const std::vector<MemoryResult>& results_;
  bool interleaved_;
  // Of each benchmark, by its two indices, where its results begin.
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> firsts_;
  std::size_t next_ = 0;
};

/// benchmark::RunSpecifiedBenchmarks() with the reporters that the flags ask for, repaired where
/// need be.
template <typename Row = benchmark::BenchmarkReporter::Run>
void run_with_repaired_reporters(const OutputFlags& flags,
                                 const std::vector<MemoryResult>& results) {
  if constexpr (std::is_pointer_v<decltype(Row::memory_result)>) {
    if (flags.interleaved) {
      benchmark::AddCustomContext("memory_unmeasured_because",
                                  "this version mixes up interleaved repetitions");
      std::fprintf(stderr,
                   "memory is not reported: this version mixes up interleaved repetitions\n");
    }
    RepairedReporter<Row> display(*benchmark::CreateDefaultDisplayReporter(), results,
                                  flags.interleaved);
    if (flags.out.empty()) {
      benchmark::RunSpecifiedBenchmarks(&display);
      return;
    }
    std::unique_ptr<benchmark::BenchmarkReporter> inner;
    if (flags.out_format == "console") {
      inner = std::make_unique<benchmark::ConsoleReporter>(benchmark::ConsoleReporter::OO_None);
    } else if (flags.out_format == "csv") {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
      inner = std::make_unique<benchmark::CSVReporter>();
#pragma GCC diagnostic pop
    } else {
      inner = std::make_unique<benchmark::JSONReporter>();
    }
    RepairedReporter<Row> file(*inner, results, flags.interleaved);
    benchmark::RunSpecifiedBenchmarks(&display, &file);
  } else {
    benchmark::RunSpecifiedBenchmarks();
  }
}

}  // namespace splitscope
