// Measures a command that knows nothing of splitscope, with all that it starts.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/memory_cap.h"
#include "harness/run/sample.h"

namespace splitscope::run {

struct CommandOptions {
  std::vector<std::string> command;
  std::chrono::milliseconds timeout{};
  std::chrono::microseconds sample_interval{1000};
  /// Counts the heap of every process that is dynamically linked.
  bool heap = true;
  /// Follows every process with ptrace; without it a tree is only sampled.
  bool trace = true;
  /// Waits for all descendants; otherwise those that outlive the command are ended.
  bool wait_for_descendants = false;
  /// File for its standard input; empty: ours.
  std::filesystem::path standard_input;
  /// The most that it may take; see CommandSample::capped_by.
  std::optional<std::uint64_t> memory_cap_bytes;
  /// What has to hold the cap; nothing: a cgroup, else RLIMIT_DATA.
  std::optional<CapKind> cap_kind;
  /// The process group under which a shell knows this program; 0 for this process's own.
  pid_t job_group = 0;
  /// Signals that stay ignored in it (nohup), signal n as bit n - 1.
  std::uint64_t ignored_signals = 0;
};

struct CommandSample {
  Sample sample;
  /// Processes that the command started and that outlived it: they were ended with it.
  std::size_t left_behind = 0;
  /// Phases beyond those that a sample holds, and lines about phases that said nothing.
  std::uint64_t phases_left_out = 0;
  std::uint64_t phase_lines_ignored = 0;
  CapKind capped_by = CapKind::kNone;
  /// Why processes were not followed, empty where they were.
  std::string not_traced_because;
  /// How far the kernel's counters of resident memory may be off on this machine.
  std::uint64_t rss_resolution_bytes = 0;
};

/// Runs it once in the user's environment and folder, with this process's terminal and output. All
/// resident figures are sums over its processes at one instant, samples that say so; a peak of a
/// single process is the kernel's own. Status kCrashed for a signal or an exit status other than 0,
/// kOomKilled where the kernel killed one of its processes for want of memory. Errors:
/// std::system_error when the command cannot be started or watched, UsageError when the kind of cap
/// that it has to have is refused, Interrupted.
[[nodiscard]] CommandSample measure_command(const CommandOptions& options);

}  // namespace splitscope::run
