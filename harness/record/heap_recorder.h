// Heap and mmap bytes of a window, counted by the preloaded shim (heap_api.h).
#pragma once

#include "harness/record/heap_api.h"
#include "harness/record/recorder_set.h"
#include "harness/record/timeline.h"

namespace splitscope::record {

/// The functions of the shim in this process; all null where it is not preloaded.
struct HeapShim {
  decltype(&splitscope_heap_version) version = nullptr;
  decltype(&splitscope_heap_publish) publish = nullptr;
  decltype(&splitscope_heap_on_release) on_release = nullptr;
  decltype(&splitscope_heap_open) open = nullptr;
  decltype(&splitscope_heap_close) close = nullptr;
  decltype(&splitscope_heap_mark_phase) mark_phase = nullptr;

  /// Looks the functions up among all loaded objects.
  [[nodiscard]] static HeapShim find() noexcept;
  /// Empty, or why the shim cannot be used: not preloaded, or of another version.
  [[nodiscard]] const char* unusable_because() const noexcept;
};

/// Opens the shim's window at start, closes it at stop. With a timeline the live counters lie
/// there. Without a usable shim all measures are absent.
class HeapRecorder : public TwoStepRecorder {
 public:
  /// `timeline` may be null, else must outlive this.
  explicit HeapRecorder(TimelineChannel* timeline);
  ~HeapRecorder() override;

  void start() override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;
  [[nodiscard]] SizeHistogram heap_sizes() const override;

 private:
  HeapShim shim_;
  const char* unusable_;
  bool open_ = false;
  HeapSnapshot snapshot_{};
};

}  // namespace splitscope::record
