// Resident memory of this process over a window: the kernel's high-water mark, and the kinds of
// memory from samples.
#pragma once

#include <atomic>

#include "harness/record/heap_recorder.h"
#include "harness/record/proc_file.h"
#include "harness/record/proc_status.h"
#include "harness/record/recorder_set.h"
#include "harness/record/resident_sample.h"
#include "harness/record/timeline.h"

namespace splitscope::record {

/// The larger of VmHWM and VmRSS, because the kernel brings the mark up to date only when the
/// resident set shrinks, plus HugetlbPages, which neither includes. Nothing without both lines.
[[nodiscard]] std::optional<std::uint64_t> high_water_bytes(const ProcStatus& status) noexcept;

/// The three kinds of one read. Nothing on kernels before 4.5, which do not tell them apart.
[[nodiscard]] std::optional<ResidentSample> to_sample(const ProcStatus& status) noexcept;

/// Resets VmHWM at start and reads it at stop; never ru_maxrss, which a process inherits from its
/// parent. The kernel keeps the mark by counters that lag behind by some dozen pages for each CPU,
/// so a sample above it takes its place. Peaks by kind come from samples at start, stop and phase
/// marks, and, with the heap shim, from one just before each large release near the peak. These are
/// this side's peaks: whoever samples from outside takes the maximum of both (ResidentPeaks). At
/// most one at a time per process, because the mark and the shim's hook exist once.
class ResidentRecorder : public WindowRecorder {
 public:
  /// `timeline` may be null, else must outlive this; samples go there.
  explicit ResidentRecorder(TimelineChannel* timeline);
  ~ResidentRecorder() override;

  void start() override;
  void phase(std::string_view name) noexcept override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  static void before_release(void* self) noexcept;
  ProcStatus sample(ProcFile& status_file) noexcept;

  TimelineChannel* timeline_;
  HeapShim shim_;
  bool mark_reset_ = false;
  // One for the hook, which may run on any thread, one for the thread that owns the recorder.
  ProcFile status_{"/proc/self/status"};
  ProcFile hook_status_{"/proc/self/status"};
  ProcFile rollup_{"/proc/self/smaps_rollup"};
  ProcStatus floor_;
  ProcStatus end_;
  ProcRollup end_rollup_;
  std::atomic<std::uint64_t> peak_total_{0};
  std::atomic<std::uint64_t> peak_anon_{0};
  std::atomic<std::uint64_t> peak_file_{0};
  std::atomic<std::uint64_t> peak_shmem_{0};
};

}  // namespace splitscope::record
