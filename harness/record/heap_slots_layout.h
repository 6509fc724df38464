// The file in which the shim counts for whoever measures any program from outside: one slot for
// each process, written by that process alone, readable while it runs and after any death of it.
//
// Header, then slots, then extensions for the threads of processes that have several. Slots are
// given out in order and never twice, so `slots_given` minus `slots` (where positive) is how many
// processes found none. All integers are in the machine's own order; the file never leaves it.
//
// A process is one program image: after execve the same pid takes another slot. A child of fork or
// of clone without CLONE_VM takes its own at its first allocation and counts what it allocates
// itself; a child of vfork shares its parent's memory and so counts in the parent's slot.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "harness/record/heap_api.h"

namespace splitscope::record {

/// Names the file to the shim. base/environment.h has the same names for the documents.
inline constexpr char kHeapSlotsVariable[] = "SPLITSCOPE_HEAP_SLOTS";
/// Handed on to programs that are started with another environment, like the shim itself.
inline constexpr char kPhasesFdVariable[] = "SPLITSCOPE_PHASES_FD";

/// "splitshp" as eight letters: is a slot file at all.
inline constexpr std::uint64_t kHeapSlotsMagic = 0x73706c6974736870;
/// Raised whenever anything below changes.
inline constexpr std::uint32_t kHeapSlotsVersion = 2;

/// A parallel build of a large project starts some thousands of processes.
inline constexpr std::uint32_t kHeapSlots = 8192;
/// Processes with more than one thread; those that find none count with locked instructions.
inline constexpr std::uint32_t kHeapExtensions = 512;
/// Threads of one process that count without locked instructions; all later ones share the last.
inline constexpr std::uint32_t kHeapThreadCells = 48;

/// Net change of a process's live bytes after which it tells the sum over all processes.
inline constexpr std::int64_t kHeapFlushBytes = 64 << 10;

struct HeapSlotsHeader {
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t header_bytes;  ///< where slots begin
  std::uint32_t slot_bytes;
  std::uint32_t slots;
  std::uint32_t extension_bytes;
  std::uint32_t extensions;
  std::uint32_t exact_sum;  ///< not 0: each change goes to the sum at once, for about 10 ns each

  alignas(64) std::atomic<std::uint32_t> slots_given;  ///< goes on above `slots`
  std::atomic<std::uint32_t> extensions_given;         ///< goes on above `extensions`
  std::atomic<std::uint32_t> readings_taken;           ///< by all processes, of `rss_*` below

  alignas(64) std::atomic<std::int64_t> tree_live;
  std::atomic<std::int64_t> tree_peak;
};

/// What each allocation and free changes besides the live bytes.
struct alignas(64) HeapCounts {
  std::atomic<std::uint64_t> requested_bytes;
  std::atomic<std::uint64_t> frees;
  std::atomic<std::uint64_t> size_histogram[kHeapHistogramBuckets];
};

/// A peak and what it is the peak of.
struct HeapLevel {
  std::atomic<std::int64_t> live;
  std::atomic<std::int64_t> peak;
};

struct alignas(1024) HeapSlotMemory {
  // What every call reads; one cache line.
  std::atomic<std::int64_t> live;
  std::atomic<std::int64_t> peak;
  std::atomic<std::int64_t> high;     ///< live bytes above this are worth a second look
  std::atomic<std::int64_t> low;      ///< and below this
  std::atomic<std::int64_t> flushed;  ///< what the sum over all processes holds of `live`
  std::atomic<std::int64_t> sampled;  ///< a descent is looked at once the peak is above this
  std::atomic<std::uint64_t> largest_bytes;
  std::atomic<std::uint64_t> failed_allocations;

  alignas(64) std::atomic<std::uint32_t> claimed;  ///< 1 once all else is filled in
  std::atomic<std::int32_t> pid;                   ///< as the process itself sees it
  std::atomic<std::int32_t> parent_pid;
  std::atomic<std::uint32_t> extension;      ///< index + 1; 0 for none yet; ~0 for none left
  std::atomic<std::uint32_t> threads_given;  ///< cells of the extension, goes on above their number
  std::atomic<std::uint32_t> forked;         ///< 1: made by fork or clone, not by execve
  std::atomic<std::uint64_t> started_nanoseconds;  ///< CLOCK_MONOTONIC of the claim
  std::atomic<char> name[16];  ///< the kernel's name of the thread that claimed, ends in 0

  alignas(64) HeapLevel mapped_anon;
  HeapLevel mapped_file;
  HeapLevel mapped_shared;

  // Resident pages by kind as the kernel had them just before large releases.
  alignas(64) std::atomic<std::uint64_t> rss_anon_peak;
  std::atomic<std::uint64_t> rss_file_peak;
  std::atomic<std::uint64_t> rss_shmem_peak;
  std::atomic<std::uint64_t> rss_peak;
  std::atomic<std::uint64_t> readings;
  // The highest total since its reader last took it, with its kinds; 0: none.
  std::atomic<std::uint64_t> fresh_rss;
  std::atomic<std::uint64_t> fresh_file;
  std::atomic<std::uint64_t> fresh_shmem;
  /// Raised by the reader when the peaks begin anew: releases are then looked at like the first.
  std::atomic<std::uint32_t> marks;

  HeapCounts counts;  ///< while there is one thread, and of threads without an extension
};
static_assert(sizeof(HeapSlotMemory) == 1024);

struct alignas(4096) HeapSlotExtension {
  HeapCounts cells[kHeapThreadCells];
};

static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

inline constexpr std::size_t kHeapSlotsHeaderBytes = 4096;
static_assert(sizeof(HeapSlotsHeader) <= kHeapSlotsHeaderBytes);

inline constexpr std::size_t kHeapSlotsFileBytes = kHeapSlotsHeaderBytes +
                                                   kHeapSlots * sizeof(HeapSlotMemory) +
                                                   kHeapExtensions * sizeof(HeapSlotExtension);

inline HeapSlotMemory* slot_at(HeapSlotsHeader* header, std::uint32_t index) {
  auto* const slots = reinterpret_cast<char*>(header) + kHeapSlotsHeaderBytes;
  return reinterpret_cast<HeapSlotMemory*>(slots) + index;
}

inline HeapSlotExtension* extension_at(HeapSlotsHeader* header, std::uint32_t index) {
  auto* const extensions =
      reinterpret_cast<char*>(header) + kHeapSlotsHeaderBytes + kHeapSlots * sizeof(HeapSlotMemory);
  return reinterpret_cast<HeapSlotExtension*>(extensions) + index;
}

/// Null, or why a file of `file_bytes` with this header cannot be counted in.
inline const char* unusable_slots_because(const HeapSlotsHeader& header, std::uint64_t file_bytes) {
  if (header.magic != kHeapSlotsMagic) return "it is no slot file";
  if (header.version != kHeapSlotsVersion) return "it is a slot file of another version";
  if (header.header_bytes != kHeapSlotsHeaderBytes || header.slot_bytes != sizeof(HeapSlotMemory) ||
      header.slots != kHeapSlots || header.extension_bytes != sizeof(HeapSlotExtension) ||
      header.extensions != kHeapExtensions || file_bytes != kHeapSlotsFileBytes) {
    return "it is a slot file of another size";
  }
  return nullptr;
}

}  // namespace splitscope::record
