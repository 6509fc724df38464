// Publishes the window and its phases through the timeline.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/record/heap_recorder.h"
#include "harness/record/proc_file.h"
#include "harness/record/recorder_set.h"
#include "harness/record/timeline.h"

namespace splitscope::record {

/// start() opens the timeline's window, read() ends the running phase and closes it. A phase's end
/// carries its heap peak and live bytes (with the shim) and, if wished, PSS; what else that reading
/// tells makes measures, phases themselves are read from the timeline. Does nothing without one.
/// Must be read while the heap's window is open.
class PhaseRecorder : public WindowRecorder {
 public:
  /// `timeline` may be null, else must outlive this.
  PhaseRecorder(TimelineChannel* timeline, bool with_pss);

  void start() override;
  void phase(std::string_view name) noexcept override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  void end_phase() noexcept;

  TimelineChannel* timeline_;
  bool with_pss_;
  HeapShim shim_;
  ProcFile rollup_{"/proc/self/smaps_rollup"};
  bool in_phase_ = false;
  std::optional<std::uint64_t> uss_peak_bytes_;
  std::optional<std::uint64_t> anon_huge_peak_bytes_;
};

}  // namespace splitscope::record
