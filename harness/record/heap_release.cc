#include "harness/record/heap_release.h"

#include <limits>

#include "harness/record/heap_counters.h"
#include "harness/record/heap_mappings.h"
#include "harness/record/heap_slot_file.h"

namespace splitscope::record::shim {
namespace {

HeapReleaseHook release_hook = nullptr;
void* release_context = nullptr;

// Also keeps the hook's own actions from being reported.
std::atomic_flag deciding = ATOMIC_FLAG_INIT;
ReleaseWatch anon_watch;
ReleaseWatch file_watch;
std::uint64_t reports = 0;

void consider(MappingKind kind, std::size_t bytes, bool descent) {
  if (release_hook == nullptr || deciding.test_and_set(std::memory_order_acquire)) return;
  HeapLive& counters = *live_counters.load(std::memory_order_relaxed);
  const LiveMappings mapped = live_mappings();
  const std::int64_t anon = counters.live.load(std::memory_order_relaxed) + mapped.anon;
  const bool wanted = kind == MappingKind::anon ? anon_watch.wants(anon, bytes)
                                                : file_watch.wants(mapped.file, bytes);
  if (wanted || descent) {
    release_hook(release_context);
    ++reports;
    anon_watch.reported(anon);
    file_watch.reported(mapped.file);
    const auto peak = counters.phase_peak.load(std::memory_order_relaxed);
    raise(counters.sampled_peak, peak + peak / 64);
  }
  deciding.clear(std::memory_order_release);
}

}  // namespace

void set_release_hook(HeapReleaseHook hook, void* context) {
  release_hook = hook;
  release_context = context;
}

void open_release_reports() {
  anon_watch = ReleaseWatch();
  file_watch = ReleaseWatch();
  reports = 0;
  const auto armed_above = release_hook != nullptr ? static_cast<std::int64_t>(kLargeReleaseBytes)
                                                   : std::numeric_limits<std::int64_t>::max();
  live_counters.load(std::memory_order_relaxed)
      ->sampled_peak.store(armed_above, std::memory_order_relaxed);
}

std::uint64_t releases_reported() { return reports; }

void consider_heap_release(std::size_t size, bool descent) {
  consider(MappingKind::anon, size, descent);
}

void consider_mapping_release(MappingKind kind, std::size_t bytes) {
  if (bytes < kLargeReleaseBytes) return;
  if (counts_in_slots()) slot_before_unmapping(slot(), kind, bytes);
  if (window_is_open()) consider(kind, bytes, false);
}

}  // namespace splitscope::record::shim
