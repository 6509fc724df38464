// Where and with what a run was made: the "context" of results.json.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace splitscope::result {

struct ContextOptions {
  std::optional<std::string> suite;
  std::vector<std::string> command_line;
  /// Where samples run; its file system is recorded.
  std::filesystem::path work_folder;
  std::chrono::microseconds sample_interval{0};
  /// Names of the allocators of the run and their versions: part of the machine class.
  std::vector<std::pair<std::string, std::string>> allocators;
  bool fixed_addresses = false;
  /// Label of an input -> "sha256:<hex>" of its bytes.
  std::map<std::string, std::string> inputs;
  /// --benchmark_context, which comes last.
  std::vector<std::pair<std::string, std::string>> more;
};

/// Errors: UsageError when `more` has a key that is taken.
[[nodiscard]] nlohmann::ordered_json collect_context(const ContextOptions& options);

/// The command line with each absolute path cut down to its last name, "***" for what looks like a
/// secret, and escapes for what cannot be shown.
[[nodiscard]] std::string without_folders(const std::vector<std::string>& command_line);

/// "[always] madvise never" -> "always".
[[nodiscard]] std::optional<std::string> bracketed(const std::string& text);

}  // namespace splitscope::result
