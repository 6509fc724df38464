// results.json read back: to go on with an unfinished run, and to see what a new one would replace.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::result {

struct StoredResults {
  nlohmann::json context;
  /// Case id -> its samples, in the order of the file.
  std::map<std::string, std::vector<run::Sample>> samples;

  /// A file from before there was "complete" holds a finished run.
  [[nodiscard]] bool complete() const;
};

/// Errors: FileError; UsageError with the place for what is no result of this schema version.
[[nodiscard]] StoredResults read_results(const std::filesystem::path& file);

/// How many samples of each case are in the file; nothing when it is no result that can be read.
[[nodiscard]] std::optional<std::map<std::string, std::size_t>> stored_counts(
    const std::filesystem::path& file);

}  // namespace splitscope::result
