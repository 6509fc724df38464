// Counters of the shim. The hot ones are inline: they are all that a window costs.
//
// Live bytes and their peak are one global pair, so that the peak is exact also with threads. A
// process with one thread counts without locked instructions and without looking for its slot.
// Otherwise the rest is per thread: the first threads own a slot each, all later ones share one.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "harness/record/heap_api.h"
#include "harness/record/heap_atomics.h"
#include "harness/record/heap_next.h"
#include "harness/record/heap_slot.h"

namespace splitscope::record::shim {

struct alignas(64) Slot {
  std::atomic<std::uint64_t> frees;
  std::atomic<std::uint64_t> requested_bytes;
  std::atomic<std::uint64_t> size_histogram[kHeapHistogramBuckets];
};

/// Where allocations count; bits of one byte, so that the idle shim looks at one.
inline constexpr std::uint8_t kInWindow = 1;
inline constexpr std::uint8_t kInSlots = 2;
extern std::atomic<std::uint8_t> counted_in;
extern std::atomic<HeapLive*> live_counters;
extern std::atomic<std::uint64_t> largest_request;
/// Counts of the first thread, while no other has been started.
extern Slot single_slot;
/// Counts of the threads that found no slot of their own.
extern Slot shared_slot;
extern constinit thread_local Slot* my_slot;

/// The same counts while there are several threads.
void count_allocation_threaded(std::size_t requested, std::int64_t size);
void count_free_threaded(std::int64_t size);
/// Looks whether the release of a heap block is to be reported, and does so.
[[gnu::cold]] void consider_heap_release(std::size_t size, bool descent);
[[gnu::cold]] void raise_largest(std::uint64_t requested);

/// Read once a call, because another thread may open or close the window meanwhile.
inline std::uint8_t counting() {
  const std::uint8_t where = counted_in.load(std::memory_order_relaxed);
  return __builtin_expect(where != 0, 0) ? where : std::uint8_t{0};
}
inline bool window_is_open() {
  return (counted_in.load(std::memory_order_relaxed) & kInWindow) != 0;
}
inline bool counts_in_slots() {
  return (counted_in.load(std::memory_order_relaxed) & kInSlots) != 0;
}
inline HeapLive& live() { return *live_counters.load(std::memory_order_relaxed); }

[[gnu::always_inline]] inline void set_live_alone(HeapLive& counters, std::int64_t delta) {
  const auto now = add_alone(counters.live, delta);
  if (now > counters.phase_peak.load(std::memory_order_relaxed)) {
    counters.phase_peak.store(now, std::memory_order_relaxed);
  }
}

[[gnu::always_inline]] inline void count_request_alone(std::size_t requested) {
  add_alone(single_slot.size_histogram[std::bit_width(requested)], std::uint64_t{1});
  add_alone(single_slot.requested_bytes, std::uint64_t{requested});
}

/// After the allocator handed `block` out.
[[gnu::always_inline]] inline void count_allocation(std::uint8_t where, void* block,
                                                    std::size_t requested) {
  const auto size = static_cast<std::int64_t>(usable_size(block));
  if ((where & kInSlots) != 0) {
    slot_allocation(requested, size);
    if ((where & kInWindow) == 0) return;
  }
  if (single_threaded()) {
    count_request_alone(requested);
    set_live_alone(live(), size);
  } else {
    count_allocation_threaded(requested, size);
  }
  if (requested > largest_request.load(std::memory_order_relaxed)) raise_largest(requested);
}

/// Before a heap release of `size` bytes; the memory is still resident.
[[gnu::always_inline]] inline void announce_heap_release(const HeapLive& counters,
                                                         std::size_t size) {
  const auto peak = counters.phase_peak.load(std::memory_order_relaxed);
  const bool descent =
      peak > counters.sampled_peak.load(std::memory_order_relaxed) &&
      counters.live.load(std::memory_order_relaxed) - static_cast<std::int64_t>(size) <
          peak - peak / 64;
  if (descent || size >= kLargeReleaseBytes) consider_heap_release(size, descent);
}

/// Before `block` goes back. Taken off first: once it is free another thread may get it and count
/// it.
[[gnu::always_inline]] inline void count_free(std::uint8_t where, void* block) {
  const std::size_t size = usable_size(block);
  if ((where & kInSlots) != 0) {
    slot_free(size);
    if ((where & kInWindow) == 0) return;
  }
  HeapLive& counters = live();
  announce_heap_release(counters, size);
  if (single_threaded()) {
    add_alone(single_slot.frees, std::uint64_t{1});
    add_alone(counters.live, -static_cast<std::int64_t>(size));
  } else {
    count_free_threaded(static_cast<std::int64_t>(size));
  }
}

/// After a block of `old_size` bytes became `block`.
inline void count_resize(std::uint8_t where, std::size_t old_size, void* block,
                         std::size_t requested) {
  const auto change = static_cast<std::int64_t>(usable_size(block) - old_size);
  if ((where & kInSlots) != 0) {
    slot_resize(requested, change);
    if ((where & kInWindow) == 0) return;
  }
  if (single_threaded()) {
    count_request_alone(requested);
    add_alone(single_slot.frees, std::uint64_t{1});
    set_live_alone(live(), change);
  } else {
    count_allocation_threaded(requested, change);
    count_free_threaded(0);
  }
  if (requested > largest_request.load(std::memory_order_relaxed)) raise_largest(requested);
}

}  // namespace splitscope::record::shim
