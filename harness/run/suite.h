// Suites: data files that name axes, and the cases that they span.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/case.h"
#include "harness/run/catalogs.h"

namespace splitscope::run {

/// More samples of one case than anybody waits for.
inline constexpr int kMaxRepetitions = 1'000'000;

/// The product of its axes. In a file, the axes at the top are what a block leaves out.
struct SuiteBlock {
  std::string workload;
  std::map<std::string, std::string> options;
  /// Empty for a workload without input.
  std::vector<InputSpec> inputs;
  std::vector<std::string> strategies{kAllStrategies};
  std::vector<std::string> allocators{"system"};
  std::vector<int> concurrency{1};
  std::vector<CacheState> cache{CacheState::kWarm};
  /// Nothing among them is a case without a cap; in a file "none".
  std::vector<std::optional<std::uint64_t>> memory_caps{std::nullopt};
  int repetitions = 1;
  std::chrono::milliseconds timeout{60'000};
  /// "<file>: cases[2]", for messages.
  std::string where;
};

struct Suite {
  std::string name;
  std::string about;
  std::vector<SuiteBlock> blocks;
};

/// Whether `name` is a file: it has a slash or ends in ".json".
[[nodiscard]] bool is_suite_file(const std::string& name);

/// Where the suite lies: the file itself, or "<folder>/<name>.json".
[[nodiscard]] std::filesystem::path suite_file(const std::string& name,
                                               const std::filesystem::path& folder);

/// Reads suite_file(). Errors: UsageError that names the file, the place in it, what was expected
/// and what was found; also for keys and values that look like secrets, because results show all
/// options.
[[nodiscard]] Suite load_suite(const std::string& name, const std::filesystem::path& folder);

/// Names of the suites in `folder`, sorted.
[[nodiscard]] std::vector<std::string> suite_names(const std::filesystem::path& folder);

/// What the command line narrows or replaces; what is empty leaves the suite as it is.
struct Selection {
  std::vector<std::string> workloads;
  std::vector<std::string> strategies;
  /// Run besides those of the suite.
  std::vector<std::string> more_strategies;
  std::vector<std::string> allocators;
  /// The user's own files instead of generated ones.
  std::vector<std::filesystem::path> files;
  std::optional<CacheState> cache;
  std::vector<std::optional<std::uint64_t>> memory_caps;
  std::optional<int> repetitions;
  std::optional<std::chrono::milliseconds> timeout;
};

/// What the user's own files are called in case ids: the name of one, "3-files" for more.
[[nodiscard]] std::string label_of_files(const std::vector<std::filesystem::path>& files);

/// What a cap's text means: a size above 0, or nothing for "none". Errors: UsageError that quotes
/// it.
[[nodiscard]] std::optional<std::uint64_t> parse_memory_cap(const std::string& text);

/// All cases of the suite in its order, each id once. Strategies of the selection need not be in
/// the suite. Errors: UsageError for an unknown workload, strategy or allocator, for one case with
/// two numbers of repetitions or time limits, and when nothing is left; it names the option of the
/// selection or the place in the suite.
[[nodiscard]] std::vector<CaseSpec> plan(const Suite& suite, const Selection& selection,
                                         const Catalogs& catalogs);

}  // namespace splitscope::run
