// Samples another process's resident set from outside, about 1 microsecond a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "harness/record/proc_file.h"
#include "harness/record/resident_sample.h"
#include "harness/record/timeline.h"

namespace splitscope::record {

/// Reads /proc/PID/statm each time and /proc/PID/status every 16th time and where files and shared
/// memory together have grown by more than 64 KiB since then. statm costs a tenth of status but
/// does not tell the two apart, so that split is the one of the latest status. Holds descriptors,
/// no thread; the caller makes the loop. Not thread-safe.
class Sampler {
 public:
  /// `channel` may be null for a process without one (a foreign command); it must outlive the
  /// sampler. A process that is gone already is no error, just gone().
  Sampler(pid_t pid, const TimelineChannel* channel);

  /// One sample, or nothing: before and after the window when there is a channel, or once the
  /// process is gone. `t_us` counts from window open, without a channel from construction. Never
  /// allocates.
  [[nodiscard]] std::optional<ResidentSample> sample_once() noexcept;

  [[nodiscard]] bool gone() const noexcept { return gone_; }
  /// An errno value when sampling ended for another reason than the process's end: what was seen
  /// until then is less than there was. Else 0.
  [[nodiscard]] int error() const noexcept { return error_; }
  /// Largest VmHWM seen so far: for a process that cannot report its own. Total, not per kind.
  [[nodiscard]] std::uint64_t seen_peak_rss_bytes() const noexcept { return seen_peak_rss_bytes_; }

  /// Highest of the readings of status so far; nothing before the first.
  [[nodiscard]] std::optional<std::uint64_t> page_tables_peak_bytes() const noexcept {
    return page_tables_peak_bytes_;
  }
  [[nodiscard]] std::optional<std::uint64_t> swap_peak_bytes() const noexcept {
    return swap_peak_bytes_;
  }

 private:
  bool read_status() noexcept;
  std::optional<ResidentSample> note_end(int error) noexcept;

  const TimelineChannel* channel_;
  ProcFile statm_;
  ProcFile status_;
  std::uint64_t started_us_;
  std::uint64_t page_bytes_;
  std::uint64_t shmem_bytes_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t seen_peak_rss_bytes_ = 0;
  std::optional<std::uint64_t> page_tables_peak_bytes_;
  std::optional<std::uint64_t> swap_peak_bytes_;
  unsigned until_status_ = 0;
  bool gone_ = false;
  int error_ = 0;
};

}  // namespace splitscope::record
