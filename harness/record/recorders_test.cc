#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <string>

#include "base/testing/temporary_folder.h"
#include "harness/record/catalog.h"
#include "harness/record/cgroup_recorder.h"
#include "harness/record/effort_recorder.h"
#include "harness/record/heap_recorder.h"
#include "harness/record/leftover_recorder.h"
#include "tests/catch.h"

namespace splitscope::record {
namespace {

std::uint64_t value(const Measures& measures, const std::string& key) {
  for (const auto& measure : measures) {
    if (measure.key == key) return std::get<std::uint64_t>(measure.value);
  }
  FAIL("no measure " << key);
  return 0;
}

std::string absence(const Measures& measures, const std::string& key) {
  for (const auto& measure : measures) {
    if (measure.key == key) {
      REQUIRE(std::holds_alternative<std::monostate>(measure.value));
      return measure.absent_because;
    }
  }
  FAIL("no measure " << key);
  return {};
}

void write(const test::TemporaryFolder& folder, const std::string& name, const std::string& text) {
  (void)folder.file(name, std::as_bytes(std::span(text)));
}

TEST_CASE("the catalog yields each documented key once, absent ones with a reason") {
  auto channel = TimelineChannel::create();
  auto recorders = make_recorders({.timeline = &channel});
  recorders->start();
  recorders->phase("one");
  recorders->phase("two");
  const Measures measures = recorders->stop();
  const std::set<std::string> expected = {"peak_rss_bytes",
                                          "floor_rss_bytes",
                                          "net_peak_rss_bytes",
                                          "peak_rss_anon_bytes",
                                          "peak_rss_file_bytes",
                                          "peak_rss_shmem_bytes",
                                          "net_peak_rss_anon_bytes",
                                          "end_rss_bytes",
                                          "end_rss_anon_bytes",
                                          "peak_heap_bytes",
                                          "heap_allocations",
                                          "heap_frees",
                                          "heap_requested_bytes",
                                          "heap_end_bytes",
                                          "heap_largest_bytes",
                                          "mmap_anon_peak_bytes",
                                          "mmap_file_peak_bytes",
                                          "allocator_resident_bytes",
                                          "allocator_allocated_bytes",
                                          "allocator_retained_bytes",
                                          "cgroup_peak_bytes",
                                          "cgroup_anon_bytes",
                                          "cgroup_file_bytes",
                                          "wall_ms",
                                          "user_ms",
                                          "system_ms",
                                          "minor_faults",
                                          "major_faults",
                                          "io_read_bytes",
                                          "io_write_bytes",
                                          "io_read_chars",
                                          "io_write_chars",
                                          "io_read_syscalls",
                                          "io_write_syscalls",
                                          "end_maps",
                                          "end_descriptors",
                                          "voluntary_switches",
                                          "involuntary_switches",
                                          "swap_bytes",
                                          "anon_huge_bytes",
                                          "anon_huge_peak_bytes",
                                          "peak_uss_bytes",
                                          "mmap_shared_peak_bytes",
                                          "refaults",
                                          "working_set_peak_bytes",
                                          "working_set_anon_bytes",
                                          "working_set_active_file_bytes",
                                          "memory_pressure_ms",
                                          "input_cached_open_bytes",
                                          "input_cached_end_bytes",
                                          "output_cached_end_bytes"};
  std::set<std::string> keys;
  for (const auto& measure : measures) {
    CHECK(keys.insert(measure.key).second);
    CHECK(std::holds_alternative<std::monostate>(measure.value) == !measure.absent_because.empty());
  }
  CHECK(keys == expected);
  CHECK(channel.state() == WindowState::closed);
  const auto phases = channel.phases();
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].end_us <= phases[1].start_us);
  CHECK(phases[1].end_us != kUnknown);
  CHECK(phases[0].pss_bytes != kUnknown);
  CHECK(phases[0].pss_bytes > 0);
  // At window open, at both phase marks and at the end.
  CHECK(channel.samples().size() == 4);
  CHECK(channel.samples().front().t_us == 0);
}

TEST_CASE("without the shim heap figures are absent") {
  if (HeapShim::find().unusable_because() == nullptr) return;
  HeapRecorder recorder(nullptr);
  recorder.start();
  CHECK(absence(recorder.stop(), "peak_heap_bytes") == "the heap shim is not preloaded");
  CHECK(recorder.heap_sizes().empty());
}

TEST_CASE("effort counts what the window reads, and nothing that recorders read") {
  constexpr std::size_t kBytes = 12'345;
  const test::TemporaryFolder folder;
  write(folder, "data", std::string(kBytes, 'x'));
  const int fd = open((folder / "data").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  char buffer[1000];
  ProcFile own("/proc/self/status");
  EffortRecorder recorder;
  recorder.start();
  const bool known = !own.read().empty();
  unsigned calls = 0;
  do {
    ++calls;
  } while (read(fd, buffer, sizeof buffer) > 0);
  const Measures measures = recorder.stop();
  close(fd);
  REQUIRE(known);
  CHECK(value(measures, "io_read_chars") == kBytes);
  CHECK(value(measures, "io_read_syscalls") == calls);
  CHECK(value(measures, "io_write_chars") == 0);
}

TEST_CASE("leftovers are descriptors and mappings beyond those at the start") {
  LeftoverRecorder recorder;
  recorder.start();
  const int first = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int second = open("/dev/null", O_RDONLY | O_CLOEXEC);
  // Between pages without access, so that it merges with no neighbour.
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* mapping = mmap(nullptr, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(mprotect(static_cast<char*>(mapping) + page, page, PROT_READ) == 0);
  const Measures measures = recorder.stop();
  close(first);
  close(second);
  munmap(mapping, 3 * page);
  CHECK(value(measures, "end_descriptors") == 2);
  CHECK(value(measures, "end_maps") >= 2);
  SECTION("fewer than before is none") {
    const int open_before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    recorder.start();
    close(open_before);
    CHECK(value(recorder.stop(), "end_descriptors") == 0);
  }
}

TEST_CASE("memory.stat of both cgroup versions") {
  const CgroupStat two = parse_cgroup_stat("anon 1000\nfile 2000\nkernel 30\nfile_mapped 7\n");
  CHECK(two.anon_bytes == 1000u);
  CHECK(two.file_bytes == 2000u);
  const CgroupStat one = parse_cgroup_stat(
      "cache 1\nrss 2\nrss_huge 0\nmapped_file 4\ntotal_cache 8000\ntotal_rss 9000\n");
  CHECK(one.anon_bytes == 9000u);
  CHECK(one.file_bytes == 8000u);
  CHECK_FALSE(parse_cgroup_stat("").anon_bytes);
  CHECK_FALSE(parse_cgroup_stat("anon none\n").anon_bytes);
}

TEST_CASE("a cgroup's figures come from whichever version's files are there") {
  const test::TemporaryFolder folder;
  SECTION("version 2") {
    write(folder, "memory.stat", "anon 1000\nfile 2000\n");
    write(folder, "memory.peak", "5000\n");
    CgroupRecorder recorder(folder.path().string());
    recorder.start();
    // What a plain file keeps of the reset.
    write(folder, "memory.peak", "7000\n");
    const Measures measures = recorder.stop();
    CHECK(value(measures, "cgroup_peak_bytes") == 7000);
    CHECK(value(measures, "cgroup_anon_bytes") == 1000);
    CHECK(value(measures, "cgroup_file_bytes") == 2000);
  }
  SECTION("version 1") {
    write(folder, "memory.stat", "total_cache 8000\ntotal_rss 9000\n");
    write(folder, "memory.max_usage_in_bytes", "5000\n");
    CgroupRecorder recorder(folder.path().string());
    recorder.start();
    std::ifstream peak(folder / "memory.max_usage_in_bytes");
    CHECK(peak.get() == '0');
    CHECK(value(recorder.stop(), "cgroup_anon_bytes") == 9000);
  }
  SECTION("none") {
    CgroupRecorder recorder(folder.path().string());
    recorder.start();
    CHECK_THAT(absence(recorder.stop(), "cgroup_peak_bytes"), test::contains("memory.peak"));
    CgroupRecorder nowhere("");
    nowhere.start();
    CHECK_THAT(absence(nowhere.stop(), "cgroup_anon_bytes"), test::contains("of its own"));
  }
}

}  // namespace
}  // namespace splitscope::record
