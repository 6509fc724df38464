// Everything that descends from this process, and its end.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>

namespace splitscope::run {

/// From now on a process whose parent dies becomes a child of this one when it descends from it:
/// daemons, double forks and whatever left its session stay within reach. May be called again.
void adopt_orphans() noexcept;

struct EndOptions {
  /// Children that stay, with everything below them.
  std::span<const pid_t> spared;
  /// Children whose end somebody else waits for: ended like all others, but not reaped.
  std::span<const pid_t> unreaped;
  /// Between SIGTERM and SIGKILL.
  std::chrono::milliseconds grace{1000};
  /// Called again and again until nothing is left.
  std::function<void()> meanwhile;
};

struct EndedTree {
  /// How many processes had to be told to end.
  std::size_t ended = 0;
  /// How many would not go, not even for SIGKILL within some seconds: the kernel holds them.
  std::size_t left = 0;
};

/// Ends every descendant: SIGTERM (those that are stopped also continue), a grace, SIGKILL, until
/// none is left, those that were started meanwhile included. Reaps the orphans that it adopted.
/// Nothing but descendants of this process is ever signalled: before each signal the line of
/// parents is followed anew, with a descriptor of the process in hand. Never allocates. Where
/// /proc is another namespace's or not there, nothing is done. Single-threaded.
EndedTree end_descendants(const EndOptions& options);

/// Whether there may be descendants but those in `known`: a look that costs microseconds. False is
/// certain, true is not. Reaps orphans that are dead.
[[nodiscard]] bool may_have_descendants(std::span<const pid_t> known) noexcept;

/// What /proc/PID/stat says.
struct ProcessLine {
  pid_t parent = 0;
  /// Dead, and waiting to be reaped.
  bool zombie = false;
  bool stopped = false;
};

/// kUnseen: it may be there, but there was no memory or descriptor to look with.
enum class Look { kSeen, kGone, kUnseen };

/// Never allocates.
[[nodiscard]] Look read_process_line(pid_t pid, ProcessLine& line) noexcept;

}  // namespace splitscope::run
