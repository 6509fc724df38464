#include "harness/record/heap_recorder.h"

#include <utility>

namespace splitscope::record {
namespace {

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
    {"mmap_shared_peak_bytes", &HeapSnapshot::mmap_shared_peak_bytes},
};

}  // namespace

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
