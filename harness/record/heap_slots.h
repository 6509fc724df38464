// The reader's side of heap_slots_layout.h: exact heap figures of every process of a tree that the
// shim was loaded into, while they run and after any death of theirs.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/record/heap_api.h"
#include "harness/record/resident_sample.h"

namespace splitscope::record {

struct HeapSlotsHeader;

/// What one process (one program image) came to; bytes are what malloc_usable_size says.
///
/// With one thread all figures are exact to the byte. With several, sums and counts are exact once
/// the process stands still, and the peak is that of one global counter. A child of fork or clone
/// counts what it allocates itself; what it frees of its parent's takes it down to 0 at most, so
/// its live bytes and its peak may then be too low.
struct HeapSlot {
  pid_t pid = 0;  ///< in the process's own pid namespace
  pid_t parent_pid = 0;
  std::uint64_t started_nanoseconds = 0;  ///< CLOCK_MONOTONIC of its first look at the file
  bool forked = false;                    ///< made by fork or clone and without execve since
  std::string name;                       ///< at most 15 letters, as the kernel has it

  std::uint64_t live_bytes = 0;  ///< at death: what was never freed
  std::uint64_t peak_bytes = 0;
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t requested_bytes = 0;
  std::uint64_t largest_bytes = 0;       ///< largest single request
  std::uint64_t failed_allocations = 0;  ///< requests that got nothing
  std::array<std::uint64_t, kHeapHistogramBuckets> size_histogram{};

  std::uint64_t mmap_anon_bytes =
      0;  ///< mapped by the program itself, whole pages; no reservations
  std::uint64_t mmap_anon_peak_bytes = 0;
  std::uint64_t mmap_file_bytes = 0;
  std::uint64_t mmap_file_peak_bytes = 0;
  std::uint64_t mmap_shared_bytes = 0;  ///< shared without a file, memfd, files on a tmpfs
  std::uint64_t mmap_shared_peak_bytes = 0;

  std::uint64_t release_readings = 0;  ///< how often the kernel was asked before a large release
  std::uint64_t rss_peak_bytes = 0;    ///< highest of these readings; each kind's own highest below
  std::uint64_t rss_anon_peak_bytes = 0;
  std::uint64_t rss_file_peak_bytes = 0;
  std::uint64_t rss_shmem_peak_bytes = 0;
};

/// What a process held just before it gave memory back.
struct ReleasedMemory {
  pid_t pid = 0;
  std::uint64_t anon_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t shmem_bytes = 0;
};

/// What a tree's heap came to since the mark before; kUnknown where no process counted.
struct HeapMark {
  /// Of the sum over all processes. Exact, as HeapSlot is, when only one of them changed what it
  /// holds; else within 64 KiB for each that lived.
  std::uint64_t peak_bytes = kUnknown;
  std::uint64_t live_bytes = kUnknown;  ///< now
  /// The highest readings before large releases, each kind of a single process; 0 without any.
  std::uint64_t rss_peak_bytes = 0;
  std::uint64_t rss_anon_peak_bytes = 0;
  std::uint64_t rss_file_peak_bytes = 0;
  std::uint64_t rss_shmem_peak_bytes = 0;
};

/// Owns the file. Movable. tree_live_bytes() may be called from any thread, all else by one at a
/// time; processes count meanwhile.
class HeapSlots {
 public:
  /// Makes the file "slots" in `folder`, readable and writable for every user; it goes away with
  /// this. Others need to pass the folder, and should not be able to list it (mode 0711). It should
  /// be on a tmpfs, such as /dev/shm: elsewhere the kernel writes the counters to disk every few
  /// seconds. `exact_sum` makes each allocation tell the sum over all processes at once, which
  /// costs about 10 ns. Errors: std::system_error with the path.
  [[nodiscard]] static HeapSlots create(const std::filesystem::path& folder,
                                        bool exact_sum = false);
  HeapSlots(HeapSlots&& other) noexcept;
  HeapSlots& operator=(HeapSlots&& other) noexcept;
  ~HeapSlots();

  /// To be named to processes; see with_heap_shim().
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Every process that took a slot so far, in the order in which they did, also dead ones.
  [[nodiscard]] std::vector<HeapSlot> read() const;

  /// Sum of live bytes over all processes, now and at its highest. Each process tells of every net
  /// change of 64 KiB, so the sum is within 64 KiB times the processes alive; with `exact_sum` to
  /// the byte. A process that ended counts until process_ended().
  [[nodiscard]] std::uint64_t tree_live_bytes() const noexcept;
  [[nodiscard]] std::uint64_t tree_peak_bytes() const noexcept;

  /// The highest reading of each process that took one since this was last called; appended to
  /// `into`. Cheap when there is none. From one thread only.
  void take_released(std::vector<ReleasedMemory>& into);

  /// Ends a stretch of time and begins the next, whose peaks count from what is held now; read()
  /// and tree_peak_bytes() are of all stretches. A process that allocates at this very moment may
  /// have that booked on either side, and until its next rare call in the next stretch too little;
  /// one that stands still, waiting for this to be done, has exact figures.
  [[nodiscard]] HeapMark mark() noexcept;

  /// Takes what a process held off the sum. To be called when it has ended, and when it has gone
  /// over to another program by execve before that allocates. A process that goes on counting
  /// would be taken off for good.
  void process_ended(pid_t pid) noexcept;

  /// Processes that found no slot, because there are 8192.
  [[nodiscard]] std::uint64_t unclaimed() const noexcept;

 private:
  // What came before the last mark.
  struct Before {
    std::int64_t peak = 0;
    std::int64_t live_at_mark = 0;
    std::uint64_t rss_peak = 0;
    std::uint64_t rss_anon_peak = 0;
    std::uint64_t rss_file_peak = 0;
    std::uint64_t rss_shmem_peak = 0;
    bool ended = false;
    bool gone = false;  ///< it ended in an earlier stretch
  };
  class Stretch;

  HeapSlots(std::filesystem::path path, HeapSlotsHeader* header);

  std::filesystem::path path_;
  HeapSlotsHeader* header_;
  std::uint32_t readings_seen_ = 0;
  // One for each slot.
  std::vector<Before> before_;
  // Slots whose processes are not known to have ended, of the first so many.
  std::vector<std::uint32_t> alive_;
  std::uint32_t listed_ = 0;
  std::int64_t tree_peak_before_ = 0;
};

/// `environment` ("NAME=value" each) with the shim before whatever LD_PRELOAD has, and the slot
/// file named. Both paths are made absolute, because a program may change its folder. Errors:
/// std::system_error.
[[nodiscard]] std::vector<std::string> with_heap_shim(std::vector<std::string> environment,
                                                      const std::filesystem::path& shim,
                                                      const std::filesystem::path& slots);

}  // namespace splitscope::record
