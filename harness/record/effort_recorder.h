// What a window cost besides memory: time, faults, context switches, reads and writes.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <optional>

#include "harness/record/proc_file.h"
#include "harness/record/proc_status.h"
#include "harness/record/recorder_set.h"

namespace splitscope::record {

/// Differences of the monotonic clock, getrusage(RUSAGE_SELF) and /proc/self/io over the window.
/// What the recorders themselves read under /proc is taken off; faults and times include them.
class EffortRecorder : public WindowRecorder {
 public:
  void start() override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  struct Reading {
    std::uint64_t clock_ns = 0;
    rusage usage{};
    std::optional<ProcIo> io;
    OwnReads own{};
  };

  ProcFile io_{"/proc/self/io"};
  Reading start_;
  Reading end_;
};

}  // namespace splitscope::record
