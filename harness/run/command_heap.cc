#include "harness/run/command_heap.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <map>
#include <utility>

#include "harness/record/heap_absence.h"
#include "harness/run/allocators.h"

namespace splitscope::run {

using record::HeapSlot;
using record::Measure;

namespace fs = std::filesystem;

namespace {

constexpr std::array kKeys{
    "peak_heap_bytes",      "heap_allocations",     "heap_frees",
    "heap_requested_bytes", "heap_largest_bytes",   "heap_failed_allocations",
    "mmap_anon_peak_bytes", "mmap_file_peak_bytes", "mmap_shared_peak_bytes"};

constexpr mode_t kPassNotList = 0711;

// A tracer learns of a new process a moment after it runs.
constexpr std::uint64_t kStartSlackUs = 100'000;

// Files of a tmpfs are never written to a disk, and lie beside nothing of the user's.
fs::path shared_memory_folder() {
  const fs::path folder = "/dev/shm";
  std::error_code ignored;
  return fs::is_directory(folder, ignored) ? folder : fs::temp_directory_path();
}

record::ObservedProcess observed(const tree::ProcessRecord& process, std::uint64_t unclaimed) {
  record::ObservedProcess seen;
  if (!process.executable.empty()) {
    seen.executable = record::executable_facts(process.executable, ::getuid(), ::getgid());
  }
  seen.executed = process.executed || process.parent == 0;
  seen.rss_anon_bytes = process.peak_anon_bytes;
  seen.slots_unclaimed = unclaimed;
  return seen;
}

void raise_largest(const std::vector<ProcessRow>& rows, Sample& sample) {
  std::uint64_t largest = 0;
  for (const ProcessRow& row : rows) largest = std::max(largest, row.peak_rss_bytes.value_or(0));
  for (Measure& measure : sample.measures) {
    if (measure.key != "largest_process_rss_bytes") continue;
    auto* const known = std::get_if<std::uint64_t>(&measure.value);
    if (known != nullptr) *known = std::max(*known, largest);
  }
}

}  // namespace

CommandHeap::CommandHeap(bool wanted) {
  if (!wanted) {
    absent_because_ = "switched off with --heap off";
    return;
  }
  if (!heap_shim()) {
    absent_because_ = "the heap shim, libsplitscope_heap.so, is not installed";
    return;
  }
  try {
    place_.emplace(shared_memory_folder());
    slots_.emplace(record::HeapSlots::create(place_->path()));
    // Processes of other users pass through too; where they cannot, theirs say so.
    for (const fs::path& folder : {place_->path().parent_path(), place_->path()}) {
      (void)::chmod(folder.c_str(), kPassNotList);
    }
  } catch (const std::exception& error) {
    slots_.reset();
    absent_because_ =
        std::string("there is no place for the heap shim's counters: ") + error.what();
  }
}

void CommandHeap::prepare(tree::Launch& launch) {
  if (!slots_) return;
  launch.environment =
      record::with_heap_shim(std::move(launch.environment), *heap_shim(), slots_->path());
  launch.live_heap_bytes = [this] { return slots_->tree_live_bytes(); };
  launch.released = [this](std::vector<record::ReleasedMemory>& into) {
    slots_->take_released(into);
  };
  launch.mark_heap = [this] { return slots_->mark(); };
  launch.memory_dropped = [this](pid_t pid) { slots_->process_ended(pid); };
}

void CommandHeap::add_to_rows(const std::vector<HeapSlot>& slots, const tree::TreeEnd& end,
                              std::vector<ProcessRow>& rows) const {
  // A process has a slot for each image; its number may have been given away before.
  std::multimap<std::uint64_t, const HeapSlot*> by_pid;
  for (const HeapSlot& slot : slots) {
    by_pid.emplace(static_cast<std::uint64_t>(slot.pid), &slot);
  }
  const auto since_launch_us = [&](const HeapSlot& slot) {
    constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;
    const std::uint64_t began = std::max(slot.started_nanoseconds, end.launched_nanoseconds);
    return (began - end.launched_nanoseconds) / kNanosecondsPerMicrosecond;
  };
  const std::uint64_t unclaimed = slots_->unclaimed();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ProcessRow& row = rows[i];
    // Of the last image; what another one counted before says nothing of it.
    const HeapSlot* last = nullptr;
    const auto [begin, found_end] = by_pid.equal_range(row.pid);
    for (auto slot = begin; slot != found_end; ++slot) {
      const std::uint64_t began_us = since_launch_us(*slot->second);
      if (began_us > row.ended_us || began_us + kStartSlackUs < row.started_us) continue;
      row.peak_heap_bytes = std::max(row.peak_heap_bytes.value_or(0), slot->second->peak_bytes);
      row.heap_allocations = row.heap_allocations.value_or(0) + slot->second->allocations;
      if (began_us >= end.processes[i].last_exec_us) last = slot->second;
    }
    const auto why = record::heap_absent_because(observed(end.processes[i], unclaimed), last);
    if (!why) continue;
    row.peak_heap_bytes.reset();
    row.heap_allocations.reset();
    row.heap_absent_because = *why;
  }
}

void CommandHeap::add(const tree::TreeEnd& end, std::vector<ProcessRow>& rows,
                      Sample& sample) const {
  std::string reason = absent_because_;
  std::vector<HeapSlot> slots;
  if (slots_) {
    slots = slots_->read();
    add_to_rows(slots, end, rows);
    const bool none = std::all_of(rows.begin(), rows.end(), [](const ProcessRow& row) {
      return !row.heap_absent_because.empty();
    });
    if (none && !rows.empty()) {
      reason = rows.front().heap_absent_because;
      slots.clear();
    }
    if (reason.empty()) reason = "none of its processes counted";
  } else {
    for (ProcessRow& row : rows) row.heap_absent_because = absent_because_;
  }
  if (slots.empty()) {
    for (const char* key : kKeys) sample.set(Measure::absent(key, reason));
    return;
  }
  HeapSlot sums;
  std::size_t images = 0;
  for (const HeapSlot& slot : slots) {
    sums.peak_bytes = std::max(sums.peak_bytes, slot.peak_bytes);
    sums.allocations += slot.allocations;
    sums.frees += slot.frees;
    sums.requested_bytes += slot.requested_bytes;
    sums.largest_bytes = std::max(sums.largest_bytes, slot.largest_bytes);
    sums.failed_allocations += slot.failed_allocations;
    sums.mmap_anon_peak_bytes = std::max(sums.mmap_anon_peak_bytes, slot.mmap_anon_peak_bytes);
    sums.mmap_file_peak_bytes = std::max(sums.mmap_file_peak_bytes, slot.mmap_file_peak_bytes);
    sums.mmap_shared_peak_bytes =
        std::max(sums.mmap_shared_peak_bytes, slot.mmap_shared_peak_bytes);
    if (slot.allocations != 0) ++images;
    sums.rss_anon_peak_bytes = std::max(sums.rss_anon_peak_bytes, slot.rss_anon_peak_bytes);
    sums.rss_file_peak_bytes = std::max(sums.rss_file_peak_bytes, slot.rss_file_peak_bytes);
    sums.rss_shmem_peak_bytes = std::max(sums.rss_shmem_peak_bytes, slot.rss_shmem_peak_bytes);
  }
  // Without tracing the sum still holds what ended processes never gave back.
  // Of several processes the sum is known to 64 KiB for each that lived; of one that could not
  // count nothing is.
  const bool all_counted = std::all_of(rows.begin(), rows.end(), [](const ProcessRow& row) {
    return row.heap_absent_because.empty();
  });
  const bool traced = end.trace_absent_because.empty();
  const bool exact = images <= 1 && all_counted;
  const auto peak = [&](const char* key, std::uint64_t value) {
    sample.set(exact ? Measure::of(key, value) : Measure::seen(key, value));
  };
  peak("peak_heap_bytes",
       exact || !traced ? sums.peak_bytes : std::max(sums.peak_bytes, slots_->tree_peak_bytes()));
  peak("mmap_anon_peak_bytes", sums.mmap_anon_peak_bytes);
  peak("mmap_file_peak_bytes", sums.mmap_file_peak_bytes);
  peak("mmap_shared_peak_bytes", sums.mmap_shared_peak_bytes);
  sample.set(Measure::of("heap_allocations", sums.allocations));
  sample.set(Measure::of("heap_frees", sums.frees));
  sample.set(Measure::of("heap_requested_bytes", sums.requested_bytes));
  sample.set(Measure::of("heap_largest_bytes", sums.largest_bytes));
  sample.set(Measure::of("heap_failed_allocations", sums.failed_allocations));
  // The shim looks just before large releases, where samples see nothing.
  const auto raise = [&](const char* key, std::uint64_t value) {
    if (const auto known = sample.count(key); known && value > *known) {
      sample.set(Measure::seen(key, value));
    }
  };
  raise_largest(rows, sample);
  raise("peak_rss_anon_bytes", sums.rss_anon_peak_bytes);
  raise("peak_rss_file_bytes", sums.rss_file_peak_bytes);
  raise("peak_rss_shmem_bytes", sums.rss_shmem_peak_bytes);
}

}  // namespace splitscope::run
