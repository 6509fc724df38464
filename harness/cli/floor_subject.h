// What `floor` tries under ever smaller caps: a case, or a command.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/program.h"
#include "harness/run/sample.h"

namespace splitscope::cli {

/// How one try is made.
struct FloorTry {
  /// Nothing: without a cap.
  std::optional<std::uint64_t> cap_bytes;
  run::CapKind kind = run::CapKind::kNone;
  std::chrono::milliseconds timeout{};
  /// Its inputs are evicted from the page cache first.
  bool evict = false;
  /// Measure all that can be measured, at the price of time, and let its errors be seen.
  bool observe = false;
};

struct FloorSubject {
  /// Id of the case; empty for a command.
  std::string case_id;
  std::vector<std::string> command;
  run::CaseResult result;
  /// Regular files and folders that it reads, as far as they are known.
  std::vector<std::filesystem::path> inputs;
  /// Tries it once. Errors: as run::measure_command(), Interrupted.
  std::function<run::Sample(const FloorTry&)> run;
};

struct FloorOptions {
  std::string case_id;
  std::string workload;
  std::string strategy;
  std::string allocator;
  std::string cache;
  /// Files of the user's, or the label of a generated input.
  std::vector<std::string> inputs;
  std::string standard_input;
  std::filesystem::path cache_folder;
  double timeout_s = 600;
  std::string held_by = "auto";
  std::filesystem::path out;
  bool json = false;
};

/// Its output goes nowhere, its standard input is --stdin or none. Its inputs are --input, and the
/// regular files that its words name.
[[nodiscard]] FloorSubject command_subject(const Program& program, const FloorOptions& options);

/// Generates the input if need be. Errors: UsageError for an id that is none and for what cannot be
/// planned.
[[nodiscard]] FloorSubject case_subject(const Program& program, const FloorOptions& options);

}  // namespace splitscope::cli
