// Counting in the process's slot of a shared file (heap_slots_layout.h). The hot part is inline:
// for a process with one thread a handful of plain additions on two cache lines.
//
// `low` and `high` fold all that is rare (a new peak, telling the sum over all processes, a descent
// worth a reading, a free of inherited memory) into one comparison each. With threads, live bytes
// and their peak are one locked pair, so that the peak is exact then too; the rest is per thread.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "harness/record/heap_atomics.h"
#include "harness/record/heap_slots_layout.h"

namespace splitscope::record::shim {

/// On a page that the kernel clears in a child of fork or clone: null says that this process has
/// not claimed a slot yet.
struct alignas(4096) SlotPage {
  std::atomic<HeapSlotMemory*> slot;
  char padding[4096 - sizeof(std::atomic<HeapSlotMemory*>)];
};
extern SlotPage slot_page;

/// Reads the environment and starts to count in slots if it names a file. Once, before the first
/// allocation is counted and before there is a second thread. Keeps errno.
void attach_slots();

/// Whether this process counts in slots: the file was named and is right.
[[nodiscard]] bool slots_attached();

/// Takes a slot for this process; a private one that nobody reads when none is left. Keeps errno.
HeapSlotMemory& claim_slot();

inline HeapSlotMemory& slot() {
  HeapSlotMemory* mine = slot_page.slot.load(std::memory_order_relaxed);
  return __builtin_expect(mine != nullptr, 1) ? *mine : claim_slot();
}

/// Live bytes of a process with one thread went above `high`.
void slot_above(HeapSlotMemory& slot, std::int64_t live);
/// Takes `bytes` off the live bytes of a process with one thread, where that needs a second look:
/// they go below `low`, or the release is large. The memory is still resident.
void slot_release(HeapSlotMemory& slot, std::size_t bytes);
/// The same counts while there are several threads.
void slot_allocation_threaded(HeapSlotMemory& slot, std::size_t requested, std::int64_t size);
void slot_free_threaded(HeapSlotMemory& slot, std::size_t size);

/// Reads the resident set before a release of `size` bytes, where it may be at a highest.
void slot_announce(HeapSlotMemory& slot, std::size_t size);
/// Takes off what was announced already.
void slot_shrunk(HeapSlotMemory& slot, std::int64_t size);

[[gnu::always_inline]] inline void slot_set_live(HeapSlotMemory& mine, std::int64_t change) {
  const std::int64_t now = add_alone(mine.live, change);
  if (now > mine.high.load(std::memory_order_relaxed)) slot_above(mine, now);
}

[[gnu::always_inline]] inline void slot_request(HeapSlotMemory& mine, std::size_t requested) {
  add_alone(mine.counts.size_histogram[std::bit_width(requested)], std::uint64_t{1});
  add_alone(mine.counts.requested_bytes, std::uint64_t{requested});
}

[[gnu::always_inline]] inline void slot_largest(HeapSlotMemory& mine, std::size_t requested) {
  if (requested > mine.largest_bytes.load(std::memory_order_relaxed)) {
    raise(mine.largest_bytes, std::uint64_t{requested});
  }
}

/// After `size` bytes were handed out.
[[gnu::always_inline]] inline void slot_allocation(std::size_t requested, std::int64_t size) {
  HeapSlotMemory& mine = slot();
  if (single_threaded()) {
    slot_request(mine, requested);
    slot_set_live(mine, size);
  } else {
    slot_allocation_threaded(mine, requested, size);
  }
  slot_largest(mine, requested);
}

[[gnu::always_inline]] inline void slot_take_off(HeapSlotMemory& mine, std::size_t size) {
  const std::int64_t now =
      mine.live.load(std::memory_order_relaxed) - static_cast<std::int64_t>(size);
  if (now < mine.low.load(std::memory_order_relaxed) || size >= kLargeReleaseBytes) {
    slot_release(mine, size);
  } else {
    mine.live.store(now, std::memory_order_relaxed);
  }
}

/// Before `size` bytes go back, while they are still resident.
[[gnu::always_inline]] inline void slot_free(std::size_t size) {
  HeapSlotMemory& mine = slot();
  if (single_threaded()) {
    add_alone(mine.counts.frees, std::uint64_t{1});
    slot_take_off(mine, size);
  } else {
    slot_free_threaded(mine, size);
  }
}

/// Before a block shrinks by `size` bytes in place or by moving.
inline void slot_before_shrink(std::size_t size) {
  if (size >= kLargeReleaseBytes) slot_announce(slot(), size);
}

/// After a block became one that is `change` bytes larger.
inline void slot_resize(std::size_t requested, std::int64_t change) {
  HeapSlotMemory& mine = slot();
  if (single_threaded()) {
    slot_request(mine, requested);
    add_alone(mine.counts.frees, std::uint64_t{1});
    if (change >= 0) {
      slot_set_live(mine, change);
    } else {
      slot_shrunk(mine, -change);
    }
  } else {
    slot_allocation_threaded(mine, requested, change);
    slot_free_threaded(mine, 0);
  }
  slot_largest(mine, requested);
}

inline void slot_failed() { slot().failed_allocations.fetch_add(1, std::memory_order_relaxed); }

}  // namespace splitscope::record::shim
