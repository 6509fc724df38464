// The recorders together, with the shim preloaded, alone and in front of each allocator there is.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/testing/temporary_folder.h"
#include "harness/record/allocator_recorder.h"
#include "harness/record/catalog.h"
#include "tests/catch.h"

namespace splitscope::record {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

std::uint64_t value(const Measures& measures, const std::string& key) {
  for (const auto& measure : measures) {
    if (measure.key != key) continue;
    INFO(key << ": " << measure.absent_because);
    REQUIRE(std::holds_alternative<std::uint64_t>(measure.value));
    return std::get<std::uint64_t>(measure.value);
  }
  FAIL("no measure " << key);
  return 0;
}

struct Window {
  TimelineChannel channel = TimelineChannel::create();
  std::unique_ptr<RecorderSet> recorders = make_recorders({.timeline = &channel});
  Measures measures;

  template <typename Work>
  const Measures& run(Work work) {
    recorders->start();
    work();
    return measures = recorders->stop();
  }
};

void touch(void* memory, std::size_t size) {
  auto* bytes = static_cast<volatile char*>(memory);
  for (std::size_t i = 0; i < size; i += 4096) bytes[i] = 1;
}

void read_through(const void* memory, std::size_t size) {
  const auto* bytes = static_cast<const volatile char*>(memory);
  for (std::size_t i = 0; i < size; i += 4096) (void)bytes[i];
}

TEST_CASE("an idle window with phases allocates nothing and adds nothing") {
  Window window;
  const Measures& measures = window.run([&] {
    window.recorders->phase("first");
    window.recorders->phase("second");
  });
  CHECK(value(measures, "heap_allocations") == 0);
  CHECK(value(measures, "heap_frees") == 0);
  CHECK(value(measures, "peak_heap_bytes") == 0);
  CHECK(value(measures, "mmap_anon_peak_bytes") == 0);
  CHECK(value(measures, "io_read_chars") == 0);
  CHECK(value(measures, "io_read_syscalls") == 0);
  CHECK(value(measures, "end_descriptors") == 0);
  CHECK(window.recorders->heap_sizes().empty());
  for (const auto& sample : window.channel.samples()) CHECK(sample.heap_bytes == 0);
}

TEST_CASE("phases carry heap figures") {
  Window window;
  void* kept = nullptr;
  window.run([&] {
    window.recorders->phase("small");
    kept = std::malloc(100'000);
    window.recorders->phase("large");
    std::free(std::memset(std::malloc(5 * kMiB), 1, 5 * kMiB));
  });
  const auto phases = window.channel.phases();
  REQUIRE(phases.size() == 2);
  CHECK(phases[0].peak_heap_bytes == malloc_usable_size(kept));
  CHECK(phases[0].end_heap_bytes == malloc_usable_size(kept));
  CHECK(phases[1].peak_heap_bytes >= 5 * kMiB + 100'000);
  CHECK(phases[1].end_heap_bytes == malloc_usable_size(kept));
  CHECK(value(window.measures, "peak_heap_bytes") == phases[1].peak_heap_bytes);
  const auto sizes = window.recorders->heap_sizes();
  CHECK(sizes == SizeHistogram{{65'536, 1}, {4 * kMiB, 1}});
  std::free(kept);
}

TEST_CASE("anonymous memory shows as anonymous") {
  Window window;
  void* mapped = nullptr;
  const Measures& measures = window.run([&] {
    mapped = mmap(nullptr, 64 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    touch(mapped, 64 * kMiB);
    munmap(mapped, 64 * kMiB);
  });
  const auto floor = window.channel.samples().front();
  CHECK(value(measures, "net_peak_rss_anon_bytes") >= 64 * kMiB);
  CHECK(value(measures, "net_peak_rss_anon_bytes") < 66 * kMiB);
  CHECK(value(measures, "peak_rss_file_bytes") < floor.file_bytes + 2 * kMiB);
  CHECK(value(measures, "net_peak_rss_bytes") >= 64 * kMiB);
  CHECK(value(measures, "end_rss_bytes") < value(measures, "floor_rss_bytes") + 2 * kMiB);
  CHECK(value(measures, "mmap_anon_peak_bytes") == 64 * kMiB);
  CHECK(value(measures, "peak_heap_bytes") == 0);
}

TEST_CASE("a mapped file shows as file") {
  const test::TemporaryFolder folder;
  const int fd = open((folder / "data").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(fd >= 0);
  const std::vector<char> block(kMiB, 'x');
  for (int i = 0; i < 64; ++i) {
    REQUIRE(write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()));
  }
  Window window;
  const Measures& measures = window.run([&] {
    void* mapped = mmap(nullptr, 64 * kMiB, PROT_READ, MAP_PRIVATE, fd, 0);
    read_through(mapped, 64 * kMiB);
    munmap(mapped, 64 * kMiB);
  });
  close(fd);
  const auto floor = window.channel.samples().front();
  // Where the temporary folder lies in memory, its files are shared memory.
  const auto mapped = value(measures, "peak_rss_file_bytes") - floor.file_bytes +
                      value(measures, "peak_rss_shmem_bytes") - floor.shmem_bytes;
  CHECK(mapped >= 64 * kMiB);
  CHECK(mapped < 66 * kMiB);
  CHECK(value(measures, "net_peak_rss_anon_bytes") < 2 * kMiB);
  CHECK(value(measures, "mmap_file_peak_bytes") + value(measures, "mmap_shared_peak_bytes") ==
        64 * kMiB);
}

TEST_CASE("a short spike is in the peak by kind, whoever else samples") {
  Window window;
  const Measures& measures = window.run([&] {
    void* block = std::malloc(100 * kMiB);
    touch(block, 100 * kMiB);
    std::free(block);
  });
  // An allocator may use pages again that were resident before.
  CHECK(value(measures, "net_peak_rss_anon_bytes") >= 99 * kMiB);
  CHECK(value(measures, "net_peak_rss_anon_bytes") <= value(measures, "net_peak_rss_bytes") + kMiB);
  CHECK(value(measures, "peak_heap_bytes") >= 100 * kMiB);
  // Window open, before the release, window close.
  const auto samples = window.channel.samples();
  REQUIRE(samples.size() == 3);
  CHECK(samples[1].heap_bytes >= 100 * kMiB);
  CHECK(samples[1].anon_bytes >= samples[0].anon_bytes + 99 * kMiB);
}

TEST_CASE("a spike of small blocks is in the peak by kind") {
  std::vector<void*> blocks(60'000);
  Window window;
  const Measures& measures = window.run([&] {
    for (void*& block : blocks) block = std::memset(std::malloc(1000), 1, 1000);
    for (void* block : blocks) std::free(block);
  });
  const auto samples = window.channel.samples();
  REQUIRE(samples.size() == 3);
  const std::uint64_t nearly_all = value(measures, "peak_heap_bytes") / 64 * 62;
  CHECK(samples[1].heap_bytes >= nearly_all);
  CHECK(value(measures, "peak_rss_anon_bytes") >= nearly_all);
}

TEST_CASE("the allocator tells its own figures where it has them") {
  void* block = std::memset(std::malloc(20 * kMiB), 1, 20 * kMiB);
  Window window;
  const Measures& measures = window.run([] {});
  CHECK(value(measures, "allocator_allocated_bytes") >= 20 * kMiB);
  CHECK(value(measures, "allocator_allocated_bytes") < 200 * kMiB);
  if (allocator_kind() != AllocatorKind::system) {
    CHECK(value(measures, "allocator_resident_bytes") >= 20 * kMiB);
  }
  std::free(block);
}

TEST_CASE("the allocator that was preloaded is the one that is named") {
  const char* preload = std::getenv("LD_PRELOAD");
  const std::string named = preload != nullptr ? preload : "";
  const std::string version = allocator_version();
  if (named.find("jemalloc") != std::string::npos) {
    CHECK_THAT(version, test::contains("jemalloc "));
  } else if (named.find("tcmalloc") != std::string::npos) {
    CHECK_THAT(version, test::contains("tcmalloc "));
  } else {
    CHECK_THAT(version, test::contains("glibc 2."));
  }
}

}  // namespace
}  // namespace splitscope::record
