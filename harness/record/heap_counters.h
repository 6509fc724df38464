// Counters of the shim. The hot ones are inline: they are all that a window costs.
//
// Live bytes and their peak are one global pair, so that the peak is exact also with threads. A
// process with one thread counts without locked instructions and without looking for its slot.
// Otherwise the rest is per thread: the first threads own a slot each, all later ones share one.
#pragma once

#include <sys/single_threaded.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "harness/record/heap_api.h"
#include "harness/record/heap_next.h"

namespace splitscope::record::shim {

struct alignas(64) Slot {
  std::atomic<std::uint64_t> frees;
  std::atomic<std::uint64_t> requested_bytes;
  std::atomic<std::uint64_t> size_histogram[kHeapHistogramBuckets];
};

/// Releases from this size are worth a look at the resident set before they happen: below it a
/// reading (about 8 us) costs more than touching the block.
inline constexpr std::size_t kLargeReleaseBytes = 256 << 10;

extern std::atomic<bool> window_open;
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
void consider_heap_release(std::size_t size, bool descent);
void raise_largest(std::uint64_t requested);

inline bool counting() { return __builtin_expect(window_open.load(std::memory_order_relaxed), 0); }
// glibc clears it before a second thread starts, and sets it again only when one is left.
inline bool single_threaded() { return __builtin_expect(__libc_single_threaded != 0, 1); }
inline HeapLive& live() { return *live_counters.load(std::memory_order_relaxed); }

/// Adds without a locked instruction: for counters that only this thread writes.
template <typename Value>
inline Value add_alone(std::atomic<Value>& counter, Value by) {
  const Value sum = counter.load(std::memory_order_relaxed) + by;
  counter.store(sum, std::memory_order_relaxed);
  return sum;
}

template <typename Value>
inline void raise(std::atomic<Value>& peak, Value value) {
  Value seen = peak.load(std::memory_order_relaxed);
  while (value > seen && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

inline void set_live_alone(HeapLive& counters, std::int64_t delta) {
  const auto now = add_alone(counters.live, delta);
  if (now > counters.phase_peak.load(std::memory_order_relaxed)) {
    counters.phase_peak.store(now, std::memory_order_relaxed);
  }
}

inline void count_request_alone(std::size_t requested) {
  add_alone(single_slot.size_histogram[std::bit_width(requested)], std::uint64_t{1});
  add_alone(single_slot.requested_bytes, std::uint64_t{requested});
}

/// After the allocator handed `block` out.
inline void count_allocation(void* block, std::size_t requested) {
  const auto size = static_cast<std::int64_t>(usable_size(block));
  if (single_threaded()) {
    count_request_alone(requested);
    set_live_alone(live(), size);
  } else {
    count_allocation_threaded(requested, size);
  }
  if (requested > largest_request.load(std::memory_order_relaxed)) raise_largest(requested);
}

/// Before a heap release of `size` bytes; the memory is still resident.
inline void announce_heap_release(const HeapLive& counters, std::size_t size) {
  const auto peak = counters.phase_peak.load(std::memory_order_relaxed);
  const bool descent =
      peak > counters.sampled_peak.load(std::memory_order_relaxed) &&
      counters.live.load(std::memory_order_relaxed) - static_cast<std::int64_t>(size) <
          peak - peak / 64;
  if (descent || size >= kLargeReleaseBytes) consider_heap_release(size, descent);
}

/// Before `block` goes back. Taken off first: once it is free another thread may get it and count
/// it.
inline void count_free(void* block) {
  const std::size_t size = usable_size(block);
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
inline void count_resize(std::size_t old_size, void* block, std::size_t requested) {
  const auto change = static_cast<std::int64_t>(usable_size(block) - old_size);
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
