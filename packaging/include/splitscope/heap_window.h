// Exact heap figures of a stretch of your own program, for benchmarks and tests. Header only.
//
// The figures come from splitscope's heap shim, which must be preloaded into the process; the CMake
// package's splitscope_preload_heap() does that for tests. By hand:
//
//   LD_LIBRARY_PATH=PREFIX/lib/splitscope LD_PRELOAD=libsplitscope_heap.so ./my_test
//
// Without it nothing is measured and unmeasured() says why: a figure is never made up.
#pragma once

#include <atomic>

#include "harness/record/heap_functions.h"

namespace splitscope {

/// Counts from its construction to close(), on all threads of the process. One at a time: a second
/// one measures nothing and says so. Not for several threads at once.
class HeapWindow {
 public:
  HeapWindow() noexcept : shim_(record::HeapShim::find()), unmeasured_(shim_.unusable_because()) {
    if (unmeasured_ != nullptr) return;
    if (open_somewhere_.exchange(true)) {
      unmeasured_ = "another measurement of the heap is open, and there can be only one";
      return;
    }
    open_ = true;
    shim_.open();
  }
  HeapWindow(const HeapWindow&) = delete;
  HeapWindow& operator=(const HeapWindow&) = delete;
  ~HeapWindow() { close(); }

  /// Null, or why there are no figures. Static storage.
  [[nodiscard]] const char* unmeasured() const noexcept { return unmeasured_; }

  /// Ends the counting; the figures are relative to the start. The same again when called again.
  /// All zero where unmeasured().
  const record::HeapSnapshot& close() noexcept {
    if (open_) {
      shim_.close(&snapshot_);
      open_ = false;
      open_somewhere_.store(false);
    }
    return snapshot_;
  }

 private:
  static inline std::atomic<bool> open_somewhere_{false};

  record::HeapShim shim_;
  const char* unmeasured_;
  bool open_ = false;
  record::HeapSnapshot snapshot_{};
};

}  // namespace splitscope
