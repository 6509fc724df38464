#include "harness/record/phase_recorder.h"

#include <algorithm>

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
  if (with_pss_) {
    const ProcRollup rollup = parse_smaps_rollup(rollup_.read());
    pss_bytes = rollup.pss_bytes.value_or(kUnknown);
    // An empty one is below everything.
    uss_peak_bytes_ = std::max(uss_peak_bytes_, rollup.uss_bytes);
    anon_huge_peak_bytes_ = std::max(anon_huge_peak_bytes_, rollup.anon_huge_bytes);
  }
  timeline_->end_phase(peak_heap_bytes, end_heap_bytes, pss_bytes);
}

void PhaseRecorder::read() noexcept {
  if (timeline_ == nullptr) return;
  end_phase();
  timeline_->close_window();
}

Measures PhaseRecorder::build() const {
  const char* why = "the workload has no phases, at whose ends it is read";
  if (!with_pss_) why = "reading it at the ends of phases is switched off";
  if (timeline_ == nullptr) why = "the window is not published";
  if (with_pss_ && !rollup_.is_open()) why = "no /proc/self/smaps_rollup (since kernel 4.14)";
  const auto put = [why](const char* key, const std::optional<std::uint64_t>& value) {
    return value ? Measure::seen(key, *value) : Measure::absent(key, why);
  };
  return {put("peak_uss_bytes", uss_peak_bytes_),
          put("anon_huge_peak_bytes", anon_huge_peak_bytes_)};
}

}  // namespace splitscope::record
