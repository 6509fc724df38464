// What is to be started, and how.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/heap_slots.h"

namespace splitscope::tree {

struct Launch {
  /// Byte for byte. [0] is looked up in the PATH of `environment` when it has no slash.
  std::vector<std::string> arguments;
  /// The whole environment, "NAME=value".
  std::vector<std::string> environment;
  /// Path of the cgroup's cgroup.procs; empty: the command stays where this process is.
  std::string cgroup_procs;
  /// File for standard input; empty: inherited.
  std::string standard_input;
  /// RLIMIT_DATA of every process, soft and hard.
  std::optional<std::uint64_t> data_limit_bytes;
  /// RLIMIT_CORE; nothing: inherited.
  std::optional<std::uint64_t> core_limit_bytes;
  /// Path of the program splitscope_spawner.
  std::string spawner;
  /// Follow every process with ptrace(2); where that is not permitted, and with false, a tree is
  /// followed by samples.
  bool trace = true;
  /// Between two samples of the timer.
  std::chrono::microseconds interval{1000};
  /// Otherwise what outlives the first process is ended.
  bool wait_for_descendants = false;
  /// Without address space randomization.
  bool fixed_addresses = false;
  /// Signals that stay ignored, signal n as bit n - 1: what whoever started us had ignored (nohup).
  /// All others are at their default in the command.
  std::uint64_t ignored_signals = 0;
  /// The process group by which a shell knows this program: 0: this process's own; under a guard
  /// the guard's. With a terminal as standard input whose foreground is that group, the command
  /// gets a group of its own and the terminal with it; otherwise it joins that group where a shell
  /// with a terminal watches over it, and has a group of its own elsewhere.
  pid_t job_group = 0;
  /// Lets its processes tell of phases: they get one end of a PhaseChannel, with its number in
  /// SPLITSCOPE_PHASES_FD.
  bool phases = false;
  /// A descriptor that the command gets under the same number; -1: none.
  int handed_on = -1;
  /// Live heap bytes of all processes, asked with each sample; none: unknown. Must not throw.
  std::function<std::uint64_t()> live_heap_bytes;
  /// Appends what processes held just before they gave memory back, as far as they told since the
  /// last call; none: nobody tells. Must not throw but for want of memory.
  std::function<void(std::vector<record::ReleasedMemory>&)> released;
  /// What the heap came to since the last call, asked when a phase begins or ends; none: unknown.
  /// Must not throw.
  std::function<record::HeapMark()> mark_heap;
  /// A process is about to exit, or has another image after exec and has not run yet: what it held
  /// until then is gone. Followed by ptrace exactly; else soon after. Must not throw.
  std::function<void(pid_t)> memory_dropped;
};

}  // namespace splitscope::tree
