// The shim's window: opening, closing, phases; see heap_api.h for the contract.
#include <pthread.h>

#include "harness/record/heap_api.h"
#include "harness/record/heap_counters.h"
#include "harness/record/heap_early.h"
#include "harness/record/heap_mappings.h"
#include "harness/record/heap_release.h"

#define SPLITSCOPE_EXPORT extern "C" __attribute__((visibility("default")))

namespace splitscope::record::shim {
namespace {

// More threads than this in one process share the last slot: slower, not wrong.
constexpr std::size_t kOwnSlots = 128;

constinit HeapLive own_counters{};
Slot own_slots[kOwnSlots];
std::atomic<std::size_t> slots_given{0};

struct Sums {
  std::uint64_t frees = 0;
  std::uint64_t requested_bytes = 0;
  std::uint64_t size_histogram[kHeapHistogramBuckets] = {};

  void add(const Slot& slot) {
    frees += slot.frees.load(std::memory_order_relaxed);
    requested_bytes += slot.requested_bytes.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < kHeapHistogramBuckets; ++i) {
      size_histogram[i] += slot.size_histogram[i].load(std::memory_order_relaxed);
    }
  }
};

// Slots only ever grow, because their owners write them without a lock: a window is a difference.
Sums sum_slots() {
  Sums sums;
  std::size_t given = slots_given.load(std::memory_order_acquire);
  if (given > kOwnSlots) given = kOwnSlots;
  for (std::size_t i = 0; i < given; ++i) sums.add(own_slots[i]);
  sums.add(single_slot);
  sums.add(shared_slot);
  return sums;
}

Sums at_open;

Slot* slot_of_this_thread() {
  if (my_slot == nullptr) {
    const std::size_t index = slots_given.fetch_add(1, std::memory_order_acq_rel);
    my_slot = index < kOwnSlots ? &own_slots[index] : &shared_slot;
  }
  return my_slot;
}

void bump(Slot* slot, std::atomic<std::uint64_t>& counter, std::uint64_t by) {
  if (slot == &shared_slot) {
    counter.fetch_add(by, std::memory_order_relaxed);
  } else {
    add_alone(counter, by);
  }
}

std::uint64_t not_negative(std::int64_t value) {
  return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

// Whether it was open.
bool close_window() {
  constexpr auto kOthers = static_cast<std::uint8_t>(~kInWindow);
  return (counted_in.fetch_and(kOthers, std::memory_order_seq_cst) & kInWindow) != 0;
}

void before_fork() { lock_mappings(); }
void after_fork_in_parent() { unlock_mappings(); }
void after_fork_in_child() {
  unlock_mappings();
  counted_in.fetch_and(static_cast<std::uint8_t>(~kInWindow), std::memory_order_relaxed);
  live_counters.store(&own_counters, std::memory_order_relaxed);
  set_release_hook(nullptr, nullptr);
  slot_page.slot.store(nullptr, std::memory_order_relaxed);
}

__attribute__((constructor)) void start() {
  // Programs that allocate nothing are told from those that the shim was not loaded into.
  ensure_next();
  const auto early_bytes = static_cast<std::int64_t>(end_early_blocks());
  if (counts_in_slots()) slot_set_live(slot(), early_bytes);

  // Without memory for the registration the first fork in a window would count on; nothing else
  // fails.
  (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

}  // namespace

SPLITSCOPE_HOT constinit std::atomic<std::uint8_t> counted_in{0};
SPLITSCOPE_HOT constinit std::atomic<HeapLive*> live_counters{&own_counters};
SPLITSCOPE_HOT constinit std::atomic<std::uint64_t> largest_request{0};
Slot single_slot;
Slot shared_slot;
constinit thread_local Slot* my_slot = nullptr;

void count_allocation_threaded(std::size_t requested, std::int64_t size) {
  Slot* slot = slot_of_this_thread();
  bump(slot, slot->size_histogram[std::bit_width(requested)], 1);
  bump(slot, slot->requested_bytes, requested);
  HeapLive& counters = live();
  raise(counters.phase_peak, counters.live.fetch_add(size, std::memory_order_relaxed) + size);
}

void count_free_threaded(std::int64_t size) {
  Slot* slot = slot_of_this_thread();
  bump(slot, slot->frees, 1);
  live().live.fetch_sub(size, std::memory_order_relaxed);
}

void raise_largest(std::uint64_t requested) { raise(largest_request, requested); }

}  // namespace splitscope::record::shim

using namespace splitscope::record;
using namespace splitscope::record::shim;

SPLITSCOPE_EXPORT std::uint32_t splitscope_heap_version() { return kHeapApiVersion; }

SPLITSCOPE_EXPORT bool splitscope_heap_publish(HeapLive* block) {
  if (window_is_open()) return false;
  live_counters.store(block != nullptr ? block : &own_counters, std::memory_order_relaxed);
  return true;
}

SPLITSCOPE_EXPORT bool splitscope_heap_on_release(HeapReleaseHook hook, void* context) {
  if (window_is_open()) return false;
  set_release_hook(hook, context);
  return true;
}

SPLITSCOPE_EXPORT void splitscope_heap_open() {
  close_window();
  if (!size_in_header) check_size_in_header();
  HeapLive& counters = *live_counters.load(std::memory_order_relaxed);
  counters.live.store(0, std::memory_order_relaxed);
  counters.phase_peak.store(0, std::memory_order_relaxed);
  counters.earlier_peak.store(0, std::memory_order_relaxed);
  largest_request.store(0, std::memory_order_relaxed);
  at_open = sum_slots();
  open_mappings();
  open_release_reports();
  counted_in.fetch_or(kInWindow, std::memory_order_seq_cst);
}

SPLITSCOPE_EXPORT void splitscope_heap_close(HeapSnapshot* out) {
  const bool was_open = close_window();
  *out = HeapSnapshot{};
  if (!was_open) return;
  const HeapLive& counters = *live_counters.load(std::memory_order_relaxed);
  const Sums now = sum_slots();
  out->live_bytes = counters.live_bytes();
  out->peak_bytes = counters.peak_bytes();
  out->frees = now.frees - at_open.frees;
  out->requested_bytes = now.requested_bytes - at_open.requested_bytes;
  out->largest_bytes = largest_request.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < kHeapHistogramBuckets; ++i) {
    out->size_histogram[i] = now.size_histogram[i] - at_open.size_histogram[i];
    out->allocations += out->size_histogram[i];
  }
  const MappingFigures mapped = mapping_figures();
  out->mmap_anon_live_bytes = mapped.live.anon;
  out->mmap_anon_peak_bytes = mapped.peak.anon;
  out->mmap_file_live_bytes = mapped.live.file;
  out->mmap_file_peak_bytes = mapped.peak.file;
  out->mmap_shared_live_bytes = mapped.live.shared;
  out->mmap_shared_peak_bytes = mapped.peak.shared;
  out->releases_reported = releases_reported();
}

SPLITSCOPE_EXPORT void splitscope_heap_mark_phase(std::uint64_t* peak_bytes,
                                                  std::uint64_t* live_bytes) {
  *peak_bytes = 0;
  *live_bytes = 0;
  if (!window_is_open()) return;
  HeapLive& counters = *live_counters.load(std::memory_order_relaxed);
  const auto live = counters.live.load(std::memory_order_relaxed);
  const auto peak = counters.phase_peak.exchange(live, std::memory_order_relaxed);
  raise(counters.earlier_peak, peak);
  *peak_bytes = not_negative(peak);
  *live_bytes = not_negative(live);
}
