// What counting in a slot does besides the additions of heap_slot.h.
#include "harness/record/heap_counters.h"
#include "harness/record/heap_slot.h"
#include "harness/record/heap_slot_file.h"

namespace splitscope::record::shim {
namespace {

// The cell of this thread, and the slot that it belongs to: after a fork it is another's.
struct ThreadCell {
  HeapSlotMemory* slot;
  HeapCounts* counts;
  bool alone;
};
constinit thread_local ThreadCell my_cell{};

const ThreadCell& cell_of_this_thread(HeapSlotMemory& mine) {
  if (my_cell.slot != &mine) {
    HeapSlotExtension* const extension = extension_of(mine);
    if (extension == nullptr) {
      my_cell = {&mine, &mine.counts, false};
    } else {
      const std::uint32_t index = mine.threads_given.fetch_add(1, std::memory_order_relaxed);
      constexpr std::uint32_t kLast = kHeapThreadCells - 1;
      my_cell = {&mine, &extension->cells[index < kLast ? index : kLast], index < kLast};
    }
  }
  return my_cell;
}

void bump(const ThreadCell& cell, std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  if (cell.alone) {
    add_alone(counter, by);
  } else {
    counter.fetch_add(by, std::memory_order_relaxed);
  }
}

std::int64_t slack() { return slots_header().exact_sum != 0 ? 0 : kHeapFlushBytes; }

// Hints only: with threads two may write them at once, and the next rare call sets them right.
void set_bounds(HeapSlotMemory& mine) {
  const auto peak = mine.peak.load(std::memory_order_relaxed);
  const auto flushed = mine.flushed.load(std::memory_order_relaxed);
  const std::int64_t within = slack();
  mine.high.store(peak < flushed + within ? peak : flushed + within, std::memory_order_relaxed);
  std::int64_t low = flushed > within ? flushed - within : 0;
  if (peak > mine.sampled.load(std::memory_order_relaxed) && peak - peak / 64 > low) {
    low = peak - peak / 64;
  }
  mine.low.store(low, std::memory_order_relaxed);
}

// Tells the sum over all processes. The differences telescope, whatever the order of threads.
void flush(HeapSlotMemory& mine, std::int64_t live) {
  const auto before = mine.flushed.exchange(live, std::memory_order_relaxed);
  HeapSlotsHeader& header = slots_header();
  const auto sum =
      header.tree_live.fetch_add(live - before, std::memory_order_relaxed) + live - before;
  raise(header.tree_peak, sum);
}

void flush_if_far(HeapSlotMemory& mine, std::int64_t live) {
  const auto away = live - mine.flushed.load(std::memory_order_relaxed);
  if (away > slack() || -away > slack()) flush(mine, live);
}

// A child that frees what it inherited has not given back anything of its own.
std::int64_t not_below_nothing(HeapSlotMemory& mine, std::int64_t live) {
  while (live < 0 && !mine.live.compare_exchange_weak(live, 0, std::memory_order_relaxed)) {
  }
  return live < 0 ? 0 : live;
}

}  // namespace

void start_slot(HeapSlotMemory& mine) {
  mine.sampled.store(static_cast<std::int64_t>(kLargeReleaseBytes), std::memory_order_relaxed);
  open_slot_readings();
  set_bounds(mine);
}

void slot_above(HeapSlotMemory& mine, std::int64_t live) {
  raise(mine.peak, live);
  flush_if_far(mine, live);
  set_bounds(mine);
}

void slot_release(HeapSlotMemory& mine, std::size_t bytes) {
  slot_announce(mine, bytes);
  slot_shrunk(mine, static_cast<std::int64_t>(bytes));
}

void slot_shrunk(HeapSlotMemory& mine, std::int64_t size) {
  const std::int64_t now = not_below_nothing(mine, add_alone(mine.live, -size));
  flush_if_far(mine, now);
  set_bounds(mine);
}

void slot_allocation_threaded(HeapSlotMemory& mine, std::size_t requested, std::int64_t size) {
  const ThreadCell& cell = cell_of_this_thread(mine);
  bump(cell, cell.counts->size_histogram[std::bit_width(requested)], 1);
  bump(cell, cell.counts->requested_bytes, requested);
  const auto now = mine.live.fetch_add(size, std::memory_order_relaxed) + size;
  if (now > mine.high.load(std::memory_order_relaxed)) slot_above(mine, now);
}

void slot_free_threaded(HeapSlotMemory& mine, std::size_t size) {
  const ThreadCell& cell = cell_of_this_thread(mine);
  bump(cell, cell.counts->frees, 1);
  const auto bytes = static_cast<std::int64_t>(size);
  const auto low = mine.low.load(std::memory_order_relaxed);
  if (size >= kLargeReleaseBytes || mine.live.load(std::memory_order_relaxed) - bytes < low) {
    slot_announce(mine, size);
  }
  const auto now = mine.live.fetch_sub(bytes, std::memory_order_relaxed) - bytes;
  if (now < low) {
    flush_if_far(mine, not_below_nothing(mine, now));
    set_bounds(mine);
  }
}

}  // namespace splitscope::record::shim
