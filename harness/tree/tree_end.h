// What was seen of a tree of processes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/record/phase.h"
#include "harness/record/resident_sample.h"

namespace splitscope::tree {

/// kExact: the kernel's own mark, true within TreeEnd::resolution_bytes. kAtLeast: the highest that
/// was seen; it may have been more in between.
enum class Source { kExact, kAtLeast };

/// One process (thread group) that lived in the tree.
struct ProcessRecord {
  pid_t pid = 0;
  /// 0 for the first.
  pid_t parent = 0;
  /// The arguments of its last exec joined by blanks, cut at 256 bytes, as they were (any bytes);
  /// its short name when it has none. A process that never called exec has its parent's.
  std::string command;
  /// The file of its last exec, empty where it could not be told.
  std::string executable;
  /// Whether it has called exec itself.
  bool executed = false;
  /// When it last called exec, from the launch; 0 when that was not seen.
  std::uint64_t last_exec_us = 0;
  /// From the launch.
  std::uint64_t started_us = 0;
  std::uint64_t ended_us = 0;
  /// Over its whole life, images that exec replaced included. Nothing for one that only ever used
  /// its parent's memory (vfork without exec), and for one that ended before it could be read.
  std::optional<std::uint64_t> peak_rss_bytes;
  Source peak_source = Source::kAtLeast;
  /// The same of its last image only: of the program that `command` names.
  std::optional<std::uint64_t> image_peak_rss_bytes;
  /// The highest seen, at least.
  std::uint64_t peak_anon_bytes = 0;
  std::uint64_t peak_file_bytes = 0;
  std::uint64_t peak_shmem_bytes = 0;
  /// As it was about to exit; nothing when that moment was not seen.
  std::optional<std::uint64_t> end_anon_bytes;
  std::optional<std::uint64_t> end_file_bytes;
  std::optional<std::uint64_t> end_shmem_bytes;
  /// One of the two, unless its end was not seen.
  std::optional<int> status;
  std::optional<int> signal;
};

/// Sums over all processes alive at one instant; memory that processes share counts in each.
struct TreeInstant {
  std::uint64_t t_us = 0;  ///< from the launch
  std::uint32_t processes = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t anon_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shmem_bytes = 0;
  std::uint64_t heap_bytes = record::kUnknown;
  bool operator==(const TreeInstant&) const = default;
};

/// The instants with the highest sum of each kind; at least, and not of one moment.
struct TreePeaks {
  TreeInstant rss;
  TreeInstant anon;
  TreeInstant file;
  TreeInstant shmem;
};

struct PssPeak {
  std::uint64_t t_us = 0;
  std::uint64_t pss_bytes = 0;
  std::uint64_t anon_huge_bytes = 0;
  std::uint64_t uss_bytes = 0;  ///< what each process has for itself alone
};

struct TreeEnd {
  /// Of the first process.
  std::optional<int> status;
  std::optional<int> signal;
  bool timed_out = false;
  /// Processes that outlived the first one (or the deadline) and had to be told to end.
  std::size_t left_behind = 0;
  /// The launch itself, CLOCK_MONOTONIC.
  std::uint64_t launched_nanoseconds = 0;
  /// From the launch to the end of the first process, or of all with wait_for_descendants.
  std::chrono::microseconds wall{};
  /// Of the first process and all descendants that somebody waited for, us included.
  std::chrono::microseconds user{};
  std::chrono::microseconds system{};
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;
  std::uint64_t voluntary_switches = 0;
  std::uint64_t involuntary_switches = 0;
  /// The kernel's figure for the largest process among the first one and what was waited for below
  /// it (ru_maxrss); nothing of ours is in it.
  std::uint64_t largest_waited_for_bytes = 0;

  /// By start. At most kMaxRows, those with the highest peaks; `processes_seen` counts all.
  std::vector<ProcessRecord> processes;
  std::uint64_t processes_seen = 0;
  std::vector<TreeInstant> timeline;
  /// By start, at most record::kMaxPhases; `phases_left_out` counts those beyond.
  std::vector<record::Phase> phases;
  std::uint64_t phases_left_out = 0;
  /// Lines that processes wrote about phases and that said nothing.
  std::uint64_t phase_lines_ignored = 0;
  TreePeaks peaks;
  /// The highest of the sums and of all single processes' peaks; exact when no two processes had
  /// memory of their own at one time.
  std::uint64_t rss_peak_bytes = 0;
  Source rss_peak_source = Source::kAtLeast;
  /// At least; looked at near peaks of the sum only, because looking is expensive.
  std::optional<PssPeak> pss_peak;
  /// At the instant of peaks.rss.
  std::uint64_t page_tables_bytes = 0;
  std::uint64_t swap_bytes = 0;
  /// Why no process was followed with ptrace(2); empty when they were.
  std::string trace_absent_because;
  /// How far the kernel's RSS counters may be off on this machine.
  std::uint64_t resolution_bytes = 0;
};

inline constexpr std::size_t kMaxRows = 4096;

}  // namespace splitscope::tree
