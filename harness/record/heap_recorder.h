// Heap and mmap bytes of a window, counted by the preloaded shim (heap_api.h).
#pragma once

#include "harness/record/heap_functions.h"
#include "harness/record/recorder_set.h"
#include "harness/record/timeline.h"

namespace splitscope::record {

/// Opens the shim's window at start, closes it at stop. With a timeline the live counters lie
/// there. Without a usable shim all measures are absent.
class HeapRecorder : public WindowRecorder {
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
