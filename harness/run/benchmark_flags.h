// The --benchmark_ options of the command line and their $BENCHMARK_ variables: each is passed on
// to Google Benchmark, done by us, or refused with the reason. A table says which.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/case.h"

namespace splitscope::run {

enum class BenchmarkFormat { kNone, kConsole, kJson, kCsv };

/// What was asked for. Google Benchmark is told nothing that it could act on by itself: which cases
/// run how often, and where results go, is decided here.
class BenchmarkFlags {
 public:
  /// Variables come first, so that options replace them. Errors: UsageError for an option that is
  /// unknown or refused, and for a value that means nothing.
  explicit BenchmarkFlags(std::vector<std::string> flags);

  /// Whether --benchmark_filter takes the case; a leading "-" negates.
  [[nodiscard]] bool selects(const CaseId& id) const;
  /// --benchmark_list_tests: names only.
  [[nodiscard]] bool list_only() const { return list_only_; }
  /// --benchmark_format: Google Benchmark's reporter writes to standard output.
  [[nodiscard]] bool own_display() const { return display != BenchmarkFormat::kNone; }
  /// --benchmark_repetitions, or 1 with --benchmark_dry_run.
  [[nodiscard]] std::optional<int> repetitions() const { return repetitions_; }

  BenchmarkFormat display = BenchmarkFormat::kNone;
  /// --benchmark_out and its format.
  std::optional<std::filesystem::path> out;
  BenchmarkFormat out_format = BenchmarkFormat::kJson;
  bool display_aggregates_only = false;
  bool file_aggregates_only = false;
  /// "auto" and what else --benchmark_color takes.
  std::optional<bool> color;
  bool tabular = false;
  /// --benchmark_context.
  std::vector<std::pair<std::string, std::string>> context;
  /// The options of the command line, for a run that goes on from this one.
  [[nodiscard]] const std::vector<std::string>& given() const { return given_; }

 private:
  void take(const std::string& name, const std::string& value, const std::string& said);
  void set_filter(const std::string& value, const std::string& said);
  void start_google_benchmark();

  std::vector<std::string> given_;
  std::vector<std::string> passed_;
  std::optional<std::regex> filter_;
  bool negated_ = false;
  std::optional<int> repetitions_;
  bool dry_run_ = false;
  bool list_only_ = false;
};

}  // namespace splitscope::run
