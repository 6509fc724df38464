// Every environment variable that the program reads; docs/guide.md has them as a table.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace splitscope::environment {

/// Folder with suites, profiles and the Python package, in place of the installed one.
inline constexpr const char* kHome = "SPLITSCOPE_HOME";
/// Where generated inputs are kept and samples run; --cache-dir goes before it.
inline constexpr const char* kCache = "SPLITSCOPE_CACHE";
/// The library that counts the heap, in place of the one beside the program.
inline constexpr const char* kHeapShim = "SPLITSCOPE_HEAP_SHIM";
/// The file in which the shim counts in every process that has it loaded; set by `exec`.
inline constexpr const char* kHeapSlots = "SPLITSCOPE_HEAP_SLOTS";
/// The descriptor to which a measured program writes its phases; set by `exec`.
inline constexpr const char* kPhasesFd = "SPLITSCOPE_PHASES_FD";
/// Credentials of uploads and of the s3-server.
inline constexpr const char* kS3AccessKey = "SPLITSCOPE_S3_ACCESS_KEY";
inline constexpr const char* kS3SecretKey = "SPLITSCOPE_S3_SECRET_KEY";
/// Not empty: no colours (no-color.org).
inline constexpr const char* kNoColor = "NO_COLOR";
/// Records of open uploads lie below it, else below ~/.local/state (XDG base directories).
inline constexpr const char* kStateHome = "XDG_STATE_HOME";
inline constexpr const char* kUserHome = "HOME";
/// Followed by the name of one of Google Benchmark's flags in capitals: BENCHMARK_FILTER.
inline constexpr const char* kBenchmarkPrefix = "BENCHMARK_";

/// Nothing when it is not set or empty.
[[nodiscard]] inline std::optional<std::string> value_of(const char* variable) {
  const char* const value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

}  // namespace splitscope::environment
