// The options of `run`, and how an unfinished result remembers them.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/inputs.h"
#include "harness/run/suite.h"

namespace splitscope::cli {

struct RunOptions {
  std::string suite = "quick";
  std::vector<std::string> strategies;
  std::vector<std::string> workloads;
  std::vector<std::string> allocators;
  std::vector<std::filesystem::path> files;
  std::string cache;
  std::vector<std::string> memory_caps;
  int repetitions = 0;
  double timeout_s = 0;
  std::filesystem::path cache_folder = run::default_cache_folder();
  std::vector<std::filesystem::path> plugins;
  int sample_interval_us = 1000;
  /// --benchmark_...
  std::vector<std::string> benchmark_flags;

  std::filesystem::path out = "out";
  bool resume = false;
};

/// Everything but `out` and `resume`, with absolute paths; any bytes of names survive.
[[nodiscard]] nlohmann::ordered_json stored_options(const RunOptions& options);

/// Takes what the command line did not give (`given(name of the option)`) from a result. Errors:
/// UsageError with the place in `file`.
void take_stored(RunOptions& options, const nlohmann::json& stored, const std::string& file,
                 const std::function<bool(std::string_view)>& given);

}  // namespace splitscope::cli
