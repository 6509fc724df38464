#include "harness/record/heap_recorder.h"

#include <dlfcn.h>

#include <utility>

namespace splitscope::record {
namespace {

template <typename Function>
void look_up(Function& into, const char* name) {
  into = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

using Figure = std::pair<const char*, std::uint64_t HeapSnapshot::*>;
constexpr Figure kFigures[] = {
    {"peak_heap_bytes", &HeapSnapshot::peak_bytes},
    {"heap_allocations", &HeapSnapshot::allocations},
    {"heap_frees", &HeapSnapshot::frees},
    {"heap_requested_bytes", &HeapSnapshot::requested_bytes},
    {"heap_end_bytes", &HeapSnapshot::live_bytes},
    {"heap_largest_bytes", &HeapSnapshot::largest_bytes},
    {"mmap_anon_peak_bytes", &HeapSnapshot::mmap_anon_peak_bytes},
    {"mmap_file_peak_bytes", &HeapSnapshot::mmap_file_peak_bytes},
};

}  // namespace

HeapShim HeapShim::find() noexcept {
  HeapShim shim;
  look_up(shim.version, "splitscope_heap_version");
  look_up(shim.publish, "splitscope_heap_publish");
  look_up(shim.on_release, "splitscope_heap_on_release");
  look_up(shim.open, "splitscope_heap_open");
  look_up(shim.close, "splitscope_heap_close");
  look_up(shim.mark_phase, "splitscope_heap_mark_phase");
  return shim;
}

const char* HeapShim::unusable_because() const noexcept {
  if (version == nullptr) return "the heap shim is not preloaded";
  if (version() != kHeapApiVersion || publish == nullptr || on_release == nullptr ||
      open == nullptr || close == nullptr || mark_phase == nullptr) {
    return "the preloaded heap shim is of another version than this program";
  }
  return nullptr;
}

HeapRecorder::HeapRecorder(TimelineChannel* timeline)
    : shim_(HeapShim::find()), unusable_(shim_.unusable_because()) {
  if (unusable_ != nullptr || timeline == nullptr) return;
  if (shim_.publish(timeline->heap())) timeline->set_heap_counted();
}

HeapRecorder::~HeapRecorder() {
  read();
  // The channel may go away before the process does.
  if (unusable_ == nullptr) shim_.publish(nullptr);
}

void HeapRecorder::start() {
  if (unusable_ != nullptr) return;
  shim_.open();
  open_ = true;
}

void HeapRecorder::read() noexcept {
  if (!open_) return;
  open_ = false;
  shim_.close(&snapshot_);
}

Measures HeapRecorder::build() const {
  Measures measures;
  for (const auto& [key, figure] : kFigures) {
    measures.push_back(unusable_ == nullptr ? Measure::of(key, snapshot_.*figure)
                                            : Measure::absent(key, unusable_));
  }
  return measures;
}

SizeHistogram HeapRecorder::heap_sizes() const {
  SizeHistogram sizes;
  for (std::size_t i = 0; i < kHeapHistogramBuckets; ++i) {
    if (const auto count = snapshot_.size_histogram[i]) {
      sizes.emplace_back(heap_bucket_lower_bound(i), count);
    }
  }
  return sizes;
}

}  // namespace splitscope::record
