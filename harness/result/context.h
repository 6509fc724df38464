// Where and with what a run was made: the "context" of results.json.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
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
};

[[nodiscard]] nlohmann::ordered_json collect_context(const ContextOptions& options);

/// The command line with each absolute path cut down to its last name.
[[nodiscard]] std::string without_folders(const std::vector<std::string>& command_line);

/// "[always] madvise never" -> "always".
[[nodiscard]] std::optional<std::string> bracketed(const std::string& text);

}  // namespace splitscope::result
