// Peaks of a stretch of time. The processes keep one running peak each; a mark takes it and lets it
// begin anew from what is held, so that nothing is added to what each allocation does.
#include <algorithm>

#include "harness/record/heap_atomics.h"
#include "harness/record/heap_slots.h"
#include "harness/record/heap_slots_layout.h"

namespace splitscope::record {
namespace {

std::int64_t now_in(const std::atomic<std::int64_t>& value) {
  return std::max<std::int64_t>(value.load(std::memory_order_relaxed), 0);
}

// The former peak. What the owner raises meanwhile is kept: by its own comparison once `high` says
// so, until then by the second look.
std::int64_t restart_peak(HeapSlotMemory& slot) {
  const std::int64_t live = now_in(slot.live);
  const std::int64_t peak = slot.peak.exchange(live, std::memory_order_relaxed);
  slot.high.store(std::min(slot.high.load(std::memory_order_relaxed), live),
                  std::memory_order_relaxed);
  shim::raise(slot.peak, now_in(slot.live));
  slot.sampled.store(static_cast<std::int64_t>(shim::kLargeReleaseBytes),
                     std::memory_order_relaxed);
  slot.marks.fetch_add(1, std::memory_order_relaxed);
  return peak;
}

void take(std::atomic<std::uint64_t>& reading, std::uint64_t& before, std::uint64_t& highest) {
  const std::uint64_t value = reading.exchange(0, std::memory_order_relaxed);
  before = std::max(before, value);
  highest = std::max(highest, value);
}

}  // namespace

class HeapSlots::Stretch {
 public:
  void add(HeapSlotMemory& slot, Before& before) {
    const std::int64_t peak = before.ended ? now_in(slot.peak) : restart_peak(slot);
    const std::int64_t live = before.ended ? 0 : now_in(slot.live);
    before.peak = std::max(before.peak, peak);
    if (peak == before.live_at_mark && live == before.live_at_mark) {
      of_idle_ += live;
    } else {
      ++active_;
      highest_ = std::max(highest_, peak);
    }
    at_begin_ += before.live_at_mark;
    at_end_ += live;
    before.live_at_mark = live;
    take(slot.rss_peak, before.rss_peak, mark_.rss_peak_bytes);
    take(slot.rss_anon_peak, before.rss_anon_peak, mark_.rss_anon_peak_bytes);
    take(slot.rss_file_peak, before.rss_file_peak, mark_.rss_file_peak_bytes);
    take(slot.rss_shmem_peak, before.rss_shmem_peak, mark_.rss_shmem_peak_bytes);
  }

  [[nodiscard]] HeapMark result(std::int64_t tree_peak) {
    std::int64_t peak = of_idle_ + highest_;
    if (active_ > 1) peak = std::max({peak, tree_peak, at_begin_, at_end_});
    mark_.peak_bytes = static_cast<std::uint64_t>(peak);
    mark_.live_bytes = static_cast<std::uint64_t>(at_end_);
    return mark_;
  }

 private:
  HeapMark mark_;
  std::size_t active_ = 0;
  std::int64_t of_idle_ = 0;
  std::int64_t highest_ = 0;
  std::int64_t at_begin_ = 0;
  std::int64_t at_end_ = 0;
};

HeapMark HeapSlots::mark() noexcept {
  const std::uint32_t taken =
      std::min(header_->slots_given.load(std::memory_order_acquire), kHeapSlots);
  if (taken == 0) return {};
  Stretch stretch;
  for (std::uint32_t i = 0; i < taken; ++i) {
    Before& before = before_[i];
    HeapSlotMemory& slot = *slot_at(header_, i);
    if (before.gone || slot.claimed.load(std::memory_order_acquire) == 0) continue;
    stretch.add(slot, before);
    before.gone = before.ended;
  }
  const std::int64_t tree_peak =
      header_->tree_peak.exchange(now_in(header_->tree_live), std::memory_order_relaxed);
  shim::raise(header_->tree_peak, now_in(header_->tree_live));
  tree_peak_before_ = std::max(tree_peak_before_, tree_peak);
  return stretch.result(tree_peak);
}

}  // namespace splitscope::record
