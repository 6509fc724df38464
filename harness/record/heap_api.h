// C interface of lib/libsplitscope_heap.so, the shim that counts heap and mmap bytes of the process
// it is preloaded into: LD_PRELOAD="libsplitscope_heap.so" or
// "libsplitscope_heap.so:libjemalloc.so.2" (the shim first, then the allocator it forwards to). A
// program finds these functions with dlsym(RTLD_DEFAULT, ...) and never links against the shim;
// HeapRecorder does that.
//
// Counting happens only between open and close, and counts changes: live bytes are those above the
// ones live at open, so a free of an older block makes them negative until clamped. A block counts
// with what malloc_usable_size of the allocator says, which is what was handed out, and once,
// whichever of malloc, realloc, aligned_alloc or operator new made it. Single-threaded programs get
// the same figures to the byte in every run; with threads the sums are exact and the peak is that
// of one global counter. A realloc counts as one allocation and one free; that a growing realloc
// may hold both blocks while it copies is not seen here (but in VmHWM). What an allocator's own
// interface hands out (mallocx, tc_malloc) is not counted.
//
// Where the environment names a slot file the shim also counts there, from the first allocation of
// any program on (heap_slots_layout.h); a window counts beside it.
//
// After fork() the child's window is closed and it no longer writes to published memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace splitscope::record {

/// Raised whenever a struct or function below changes.
inline constexpr std::uint32_t kHeapApiVersion = 2;

/// Bucket i counts requests with bit_width(size) == i: 0, 1, 2-3, 4-7, ...
inline constexpr std::size_t kHeapHistogramBuckets = 65;

/// Smallest size in a bucket of the histogram.
constexpr std::uint64_t heap_bucket_lower_bound(std::size_t bucket) {
  return bucket == 0 ? 0 : std::uint64_t{1} << (bucket - 1);
}

/// The shim's own live counters. They may lie in shared memory: the shim then counts right there,
/// so that another process reads them for nothing, also after a crash. Zeroed by open.
struct alignas(64) HeapLive {
  std::atomic<std::int64_t> live;          ///< bytes now, relative to the window's start
  std::atomic<std::int64_t> phase_peak;    ///< highest `live` since the last phase mark
  std::atomic<std::int64_t> earlier_peak;  ///< highest `live` before the last phase mark
  std::atomic<std::int64_t> sampled_peak;  ///< private to the shim: when the hook fires again

  [[nodiscard]] std::uint64_t live_bytes() const {
    return clamp(live.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::uint64_t peak_bytes() const {
    const auto phase = phase_peak.load(std::memory_order_relaxed);
    const auto earlier = earlier_peak.load(std::memory_order_relaxed);
    return clamp(phase > earlier ? phase : earlier);
  }

 private:
  static std::uint64_t clamp(std::int64_t value) {
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
  }
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

/// What one window came to. Live and peak figures are relative to the window's start and never
/// negative.
struct HeapSnapshot {
  std::uint64_t live_bytes;
  std::uint64_t peak_bytes;
  std::uint64_t allocations;
  std::uint64_t frees;
  std::uint64_t requested_bytes;
  std::uint64_t largest_bytes;  ///< largest single request
  std::uint64_t size_histogram[kHeapHistogramBuckets];
  std::uint64_t mmap_anon_live_bytes;  ///< mapped by the program itself, whole pages
  std::uint64_t mmap_anon_peak_bytes;
  std::uint64_t mmap_file_live_bytes;  ///< of files
  std::uint64_t mmap_file_peak_bytes;
  std::uint64_t mmap_shared_live_bytes;  ///< shared without a file, memfd, files on a tmpfs
  std::uint64_t mmap_shared_peak_bytes;
  std::uint64_t releases_reported;  ///< calls of the release hook
};

/// Called on the releasing thread, just before memory goes away and while it is still resident. It
/// must not allocate, free, map or throw. Never called twice at the same time: a release on another
/// thread meanwhile goes unreported.
using HeapReleaseHook = void (*)(void* context);

}  // namespace splitscope::record

extern "C" {

/// kHeapApiVersion that the shim was built with.
std::uint32_t splitscope_heap_version();

/// Lets the shim count in `block`, or in its own memory again for null. Only while no window is
/// open; otherwise it does nothing and returns false. `block` must outlive the process's
/// allocations or be taken back first.
bool splitscope_heap_publish(splitscope::record::HeapLive* block);

/// Reports a release (free, munmap, shrinking realloc or mremap, madvise that drops pages) of 256
/// KiB or more while live bytes are at 7/8 of their highest or above, and the first descent of the
/// heap by 1/64 from a new peak whatever the block size. A new highest by 1/64 is always reported;
/// below that, one report per 16 MiB released. All of it depends on sizes only, never on time. Only
/// while no window is open; otherwise false. Null for no reports.
bool splitscope_heap_on_release(splitscope::record::HeapReleaseHook hook, void* context);

/// Opens the window: counters and peaks start from here. An open window starts afresh.
void splitscope_heap_open();

/// Closes the window and fills `out`. Without an open window `out` is all zero.
void splitscope_heap_close(splitscope::record::HeapSnapshot* out);

/// Ends a phase inside the window: its highest live bytes, and those now; then counts a new phase's
/// peak from here.
void splitscope_heap_mark_phase(std::uint64_t* peak_bytes, std::uint64_t* live_bytes);

}  // extern "C"
