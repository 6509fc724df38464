#include "harness/result/measure_catalog.h"

#include <array>

namespace splitscope::result {
namespace {

using enum Better;

constexpr auto kMeasures = std::to_array<MeasureInfo>({
    {"peak_rss_bytes", "highest resident set in the window (VmHWM)"},
    {"floor_rss_bytes", "resident set when the window opened", kNeither},
    {"net_peak_rss_bytes", "peak above the floor"},
    {"peak_rss_anon_bytes", "highest anonymous resident memory seen"},
    {"peak_rss_file_bytes", "highest file-backed resident memory seen"},
    {"peak_rss_shmem_bytes", "highest shared resident memory seen"},
    {"net_peak_rss_anon_bytes", "anonymous peak above that at window open"},
    {"end_rss_bytes", "resident set at window close"},
    {"end_rss_anon_bytes", "anonymous resident memory at window close"},
    {"peak_heap_bytes", "most live heap bytes above window open, exact"},
    {"heap_allocations", "allocations in the window"},
    {"heap_frees", "frees in the window", kNeither},
    {"heap_requested_bytes", "sum of all that was asked of the heap"},
    {"heap_end_bytes", "heap growth over the window"},
    {"heap_largest_bytes", "largest single request"},
    {"mmap_anon_peak_bytes", "most bytes in the program's own anonymous mappings"},
    {"mmap_file_peak_bytes", "most bytes in the program's own file mappings"},
    {"allocator_resident_bytes", "resident according to the allocator"},
    {"allocator_allocated_bytes", "handed out according to the allocator"},
    {"allocator_retained_bytes", "kept back by the allocator"},
    {"cgroup_peak_bytes", "highest charge of the cgroup, with page cache"},
    {"cgroup_anon_bytes", "anonymous charge of the cgroup at window close"},
    {"cgroup_file_bytes", "file charge of the cgroup at window close"},
    {"wall_ms", "time of the window"},
    {"user_ms", "processor time in the program"},
    {"system_ms", "processor time in the kernel"},
    {"minor_faults", "page faults without I/O"},
    {"major_faults", "page faults with I/O"},
    {"io_read_bytes", "bytes fetched from the device"},
    {"io_write_bytes", "bytes sent to the device"},
    {"io_read_chars", "bytes that read calls returned"},
    {"io_write_chars", "bytes that write calls took"},
    {"io_read_syscalls", "read calls"},
    {"io_write_syscalls", "write calls"},
    {"bytes_requested", "bytes that the workload was handed"},
    {"bytes_copied", "bytes copied into process memory on the way"},
    {"reads", "reads and scan windows"},
    {"read_syscalls", "system calls of the strategy that read file bytes"},
    {"bytes_written", "bytes given to sinks", kNeither},
    {"end_maps", "mappings left at the end"},
    {"end_descriptors", "descriptors left at the end"},
    {"voluntary_switches", "context switches by waiting"},
    {"involuntary_switches", "context switches by force"},
    {"swap_bytes", "swapped out at window close"},
    {"anon_huge_bytes", "in transparent huge pages at window close", kNeither},
    {"amplification", "net peak RSS / input bytes"},
    {"heap_amplification", "peak heap / input bytes"},
    {"throughput_mb_per_s", "input bytes / wall time", kMore},
});

}  // namespace

std::span<const MeasureInfo> measure_catalog() { return kMeasures; }

const MeasureInfo* find_measure(std::string_view key) {
  for (const MeasureInfo& info : kMeasures) {
    if (info.key == key) return &info;
  }
  return nullptr;
}

}  // namespace splitscope::result
