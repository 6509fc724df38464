// What is measured: one point of the matrix, and all that is needed to run it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/input_spec.h"
#include "harness/run/memory_cap.h"

namespace splitscope::run {

/// The workload that stands in the ids of measured commands.
inline constexpr std::string_view kExecWorkload = "exec";

/// State of the page cache with respect to the inputs when the window opens.
enum class CacheState { kWarm, kCold };

[[nodiscard]] std::string_view to_string(CacheState state);
/// Throws UsageError that quotes `text`.
[[nodiscard]] CacheState parse_cache_state(std::string_view text);

/// Names one point of the matrix; equal ids in two results are the same case.
struct CaseId {
  /// With its options as strategies have them: "upload:mode=multipart".
  std::string workload;
  std::string strategy;
  /// Label of the input: "logs-5x4MB", a file name, or "none".
  std::string input;
  /// "system", "jemalloc", "tcmalloc".
  std::string allocator;
  /// How many instances of the workload run at once in the one process.
  int concurrency = 1;
  CacheState cache = CacheState::kWarm;
  /// The most memory that it may take in its window.
  std::optional<std::uint64_t> memory_cap_bytes = {};

  /// "merge/streaming/logs-5x50MB/jemalloc/c1/warm", with "/cap-64MiB" where there is a cap.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const CaseId&, const CaseId&) = default;
};

/// One case on its whole way: planned from a suite, given its inputs, handed to the child that runs
/// it, kept with its samples.
struct CaseSpec {
  CaseId id;
  /// Name in the catalog, without options.
  std::string workload;
  std::map<std::string, std::string> options;
  /// What has to be generated first; nothing for the user's own files.
  std::optional<InputSpec> generated;
  /// Files or folders, absolute; in the child the names of links to them. Empty until a generated
  /// input is there.
  std::vector<std::filesystem::path> inputs;
  int repetitions = 1;
  std::chrono::milliseconds timeout{60'000};
  /// What has to hold the cap of the id; nothing: a cgroup, else RLIMIT_DATA.
  std::optional<CapKind> cap_kind;
};

/// How a file or command is called in an id: its name, escaped (base/printable.h) where it would
/// break a line, a table or the id. One to one, so that two names never become one case.
[[nodiscard]] std::string input_label(std::string_view file_name);

/// "name" or "name:key=value,key=value", keys in order, escaped as above.
[[nodiscard]] std::string label_with_options(const std::string& name,
                                             const std::map<std::string, std::string>& options);

}  // namespace splitscope::run
