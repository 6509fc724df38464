#include "harness/record/phase_recorder.h"

#include "harness/record/proc_status.h"

namespace splitscope::record {

PhaseRecorder::PhaseRecorder(TimelineChannel* timeline, bool with_pss)
    : timeline_(timeline), with_pss_(with_pss), shim_(HeapShim::find()) {
  if (shim_.unusable_because() != nullptr) shim_ = HeapShim();
}

void PhaseRecorder::start() {
  if (timeline_ != nullptr) timeline_->open_window();
}

void PhaseRecorder::phase(std::string_view name) noexcept {
  if (timeline_ == nullptr) return;
  end_phase();
  timeline_->begin_phase(name);
  in_phase_ = true;
}

void PhaseRecorder::end_phase() noexcept {
  std::uint64_t peak_heap_bytes = kUnknown;
  std::uint64_t end_heap_bytes = kUnknown;
  // Also before the first phase, so that its peak counts from its own start.
  if (shim_.mark_phase != nullptr) shim_.mark_phase(&peak_heap_bytes, &end_heap_bytes);
  if (!in_phase_) return;
  in_phase_ = false;
  std::uint64_t pss_bytes = kUnknown;
  if (with_pss_) pss_bytes = parse_smaps_rollup(rollup_.read()).pss_bytes.value_or(kUnknown);
  timeline_->end_phase(peak_heap_bytes, end_heap_bytes, pss_bytes);
}

void PhaseRecorder::read() noexcept {
  if (timeline_ == nullptr) return;
  end_phase();
  timeline_->close_window();
}

}  // namespace splitscope::record
