// Runs with the shim preloaded, alone and in front of each allocator there is (see CMakeLists.txt).
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <thread>
#include <vector>

#include "harness/record/heap_recorder.h"
#include "tests/catch.h"

namespace splitscope::record {
namespace {

// Keeps the compiler from dropping allocations that nobody looks at.
void* escape(void* block) {
  asm volatile("" : : "g"(block) : "memory");
  return block;
}

HeapShim shim() {
  const HeapShim found = HeapShim::find();
  REQUIRE(found.unusable_because() == nullptr);
  return found;
}

/// Runs `work` in a window of its own.
template <typename Work>
HeapSnapshot counted(Work work) {
  const HeapShim heap = shim();
  HeapSnapshot snapshot{};
  heap.open();
  work();
  heap.close(&snapshot);
  return snapshot;
}

/// What a test expects: adds up malloc_usable_size beside the shim.
struct Ledger {
  std::uint64_t live = 0;
  std::uint64_t peak = 0;

  void in(void* block) {
    live += malloc_usable_size(block);
    peak = std::max(peak, live);
  }
  void out(void* block) { live -= malloc_usable_size(block); }
};

TEST_CASE("counts, sizes and the peak are exact") {
  constexpr std::size_t kSizes[] = {0, 1, 15, 16, 24, 25, 4096, 70'000, 1'000'000, 3};
  void* blocks[std::size(kSizes)];
  Ledger ledger;
  const HeapSnapshot heap = counted([&] {
    for (std::size_t i = 0; i < std::size(kSizes); ++i) {
      blocks[i] = escape(std::malloc(kSizes[i]));
      ledger.in(blocks[i]);
    }
    for (std::size_t i = 0; i < std::size(kSizes); i += 2) {
      ledger.out(blocks[i]);
      std::free(blocks[i]);
    }
    std::free(nullptr);
  });
  CHECK(heap.allocations == std::size(kSizes));
  CHECK(heap.frees == std::size(kSizes) / 2);
  CHECK(heap.requested_bytes == 0 + 1 + 15 + 16 + 24 + 25 + 4096 + 70'000 + 1'000'000 + 3);
  CHECK(heap.largest_bytes == 1'000'000);
  CHECK(heap.peak_bytes == ledger.peak);
  CHECK(heap.live_bytes == ledger.live);
  CHECK(heap.size_histogram[0] == 1);   // 0
  CHECK(heap.size_histogram[1] == 1);   // 1
  CHECK(heap.size_histogram[2] == 1);   // 3
  CHECK(heap.size_histogram[4] == 1);   // 15
  CHECK(heap.size_histogram[5] == 3);   // 16, 24, 25
  CHECK(heap.size_histogram[13] == 1);  // 4096
  for (std::size_t i = 1; i < std::size(kSizes); i += 2) std::free(blocks[i]);
}

TEST_CASE("every size counts as malloc_usable_size has it") {
  for (std::size_t size = 0; size < 300'000; size = size < 5000 ? size + 7 : size * 5 / 4) {
    void* block = nullptr;
    std::uint64_t usable = 0;
    const HeapSnapshot in = counted([&] { block = escape(std::malloc(size)); });
    usable = malloc_usable_size(block);
    const HeapSnapshot out = counted([&] {
      std::free(block);
      block = escape(std::malloc(size));
    });
    REQUIRE(in.live_bytes == usable);
    REQUIRE(out.live_bytes ==
            malloc_usable_size(block) - std::min(usable, malloc_usable_size(block)));
    std::free(block);
  }
}

TEST_CASE("calloc counts its product and clears") {
  unsigned char* block = nullptr;
  const HeapSnapshot heap =
      counted([&] { block = static_cast<unsigned char*>(escape(std::calloc(300, 7))); });
  CHECK(heap.allocations == 1);
  CHECK(heap.requested_bytes == 2100);
  CHECK(std::all_of(block, block + 2100, [](unsigned char byte) { return byte == 0; }));
  std::free(block);
  // Volatile, because the compiler sees the overflow otherwise.
  volatile std::size_t huge = std::numeric_limits<std::size_t>::max() / 2;
  const HeapSnapshot failed =
      counted([&] { block = static_cast<unsigned char*>(std::calloc(huge, 3)); });
  CHECK(block == nullptr);
  CHECK(failed.allocations == 0);
}

TEST_CASE("realloc") {
  Ledger ledger;
  void* block = nullptr;
  SECTION("of nothing is an allocation") {
    const auto heap = counted([&] { ledger.in(block = std::realloc(nullptr, 100)); });
    CHECK(heap.allocations == 1);
    CHECK(heap.frees == 0);
    CHECK(heap.live_bytes == ledger.live);
  }
  SECTION("growing and shrinking moves the live bytes by the difference") {
    for (const std::size_t to : {10u, 200u, 5'000u, 900'000u, 40u}) {
      block = std::malloc(1000);
      std::memset(block, 7, 1000);
      const auto before = static_cast<std::int64_t>(malloc_usable_size(block));
      void* other = nullptr;
      const auto heap = counted([&] {
        other = std::malloc(2'000'000);
        block = std::realloc(block, to);
      });
      const auto change = static_cast<std::int64_t>(malloc_usable_size(block)) - before;
      CHECK(heap.allocations == 2);
      CHECK(heap.frees == 1);
      CHECK(heap.requested_bytes == 2'000'000 + to);
      CHECK(static_cast<std::int64_t>(heap.live_bytes) ==
            static_cast<std::int64_t>(malloc_usable_size(other)) + change);
      CHECK(static_cast<unsigned char*>(block)[std::min<std::size_t>(to, 1000) - 1] == 7);
      std::free(other);
      std::free(block);
    }
    block = nullptr;
  }
  SECTION("to nothing is a free") {
    block = std::malloc(1000);
    void* left = nullptr;
    volatile std::size_t none = 0;
    const auto heap = counted([&] { left = std::realloc(block, none); });
    CHECK(heap.frees == 1);
    CHECK(heap.allocations == (left != nullptr ? 1 : 0));
    block = left;
  }
  SECTION("of a count that overflows changes nothing") {
    block = std::malloc(1000);
    volatile std::size_t huge = std::numeric_limits<std::size_t>::max() / 2;
    void* none = block;
    const auto heap = counted([&] { none = reallocarray(block, huge, 3); });
    CHECK(none == nullptr);
    CHECK(heap.allocations + heap.frees == 0);
  }
  SECTION("reallocarray counts once") {
    const auto heap = counted([&] { ledger.in(block = reallocarray(nullptr, 10, 30)); });
    CHECK(heap.allocations == 1);
    CHECK(heap.requested_bytes == 300);
    CHECK(heap.live_bytes == ledger.live);
  }
  std::free(block);
}

TEST_CASE("aligned allocations count once and are aligned") {
  void* blocks[5] = {};
  Ledger ledger;
  const auto heap = counted([&] {
    if (posix_memalign(&blocks[0], 256, 1000) != 0) blocks[0] = nullptr;
    blocks[1] = std::aligned_alloc(512, 1024);
    blocks[2] = memalign(1024, 100);
    blocks[3] = valloc(50);
    blocks[4] = pvalloc(5000);
    for (void* block : blocks) ledger.in(block);
  });
  CHECK(heap.allocations == 5);
  CHECK(heap.live_bytes == ledger.live);
  CHECK(heap.requested_bytes >= 1000 + 1024 + 100 + 50 + 5000);
  const std::uintptr_t alignments[] = {256, 512, 1024, 4096, 4096};
  for (std::size_t i = 0; i < 5; ++i) {
    REQUIRE(blocks[i] != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(blocks[i]) % alignments[i] == 0);
  }
  const auto freed = counted([&] {
    for (void* block : blocks) std::free(block);
  });
  CHECK(freed.frees == 5);
}

TEST_CASE("each operator new counts once, each delete too") {
  const auto big = std::align_val_t{128};
  Ledger ledger;
  const auto heap = counted([&] {
    void* blocks[] = {::operator new(100),
                      ::operator new[](100),
                      ::operator new(100, std::nothrow),
                      ::operator new[](100, std::nothrow),
                      ::operator new(100, big),
                      ::operator new[](100, big),
                      ::operator new(100, big, std::nothrow),
                      ::operator new[](100, big, std::nothrow)};
    for (void* block : blocks) ledger.in(escape(block));
    ::operator delete(blocks[0]);
    ::operator delete[](blocks[1]);
    ::operator delete (blocks[2], std::size_t{100});
    ::operator delete[](blocks[3], std::size_t{100});
    ::operator delete(blocks[4], big);
    ::operator delete[](blocks[5], big);
    ::operator delete (blocks[6], std::size_t{100}, big);
    ::operator delete[](blocks[7], std::size_t{100}, big);
  });
  CHECK(heap.allocations == 8);
  CHECK(heap.frees == 8);
  CHECK(heap.requested_bytes == 800);
  CHECK(heap.peak_bytes == ledger.peak);
  CHECK(heap.live_bytes == 0);
}

int handler_calls = 0;

TEST_CASE("an operator new that cannot be served") {
  volatile std::size_t impossible = std::numeric_limits<std::size_t>::max() / 4;
  SECTION("throws bad_alloc") {
    CHECK_THROWS_AS(escape(::operator new(impossible)), std::bad_alloc);
    CHECK_THROWS_AS(escape(::operator new[](impossible, std::align_val_t{64})), std::bad_alloc);
  }
  SECTION("returns null where asked to") {
    CHECK(::operator new(impossible, std::nothrow) == nullptr);
  }
  SECTION("calls the new-handler until there is none") {
    handler_calls = 0;
    std::set_new_handler([] {
      if (++handler_calls == 3) std::set_new_handler(nullptr);
    });
    CHECK_THROWS_AS(escape(::operator new(impossible)), std::bad_alloc);
    CHECK(handler_calls == 3);
  }
}

TEST_CASE("threads add up") {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  const auto heap = counted([] {
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([t] {
        void* ring[8] = {};
        for (int i = 0; i < kRounds; ++i) {
          std::free(ring[i % 8]);
          ring[i % 8] = escape(std::malloc(static_cast<std::size_t>(16 + (i * 37 + t) % 3000)));
        }
        for (void* block : ring) std::free(block);
      });
    }
    for (auto& thread : threads) thread.join();
  });
  std::uint64_t requested = 0;
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kRounds; ++i) {
      requested += static_cast<std::uint64_t>(16 + (i * 37 + t) % 3000);
    }
  }
  // Each thread also allocates its state, and the vector its room.
  CHECK(heap.allocations >= kThreads * kRounds);
  CHECK(heap.allocations <= kThreads * kRounds + 10 * kThreads);
  CHECK(heap.requested_bytes >= requested);
  CHECK(heap.requested_bytes < requested + 4096 * kThreads);
  CHECK(heap.live_bytes < 4096 * kThreads);
  CHECK(heap.peak_bytes < kThreads * 10 * 3200 + 4096 * kThreads);
}

TEST_CASE("more threads than slots still add up") {
  constexpr int kThreads = 300;
  const auto heap = counted([] {
    for (int t = 0; t < kThreads; ++t) {
      std::thread([] { std::free(escape(std::malloc(1'000'003))); }).join();
    }
  });
  CHECK(heap.size_histogram[20] == kThreads);
  CHECK(heap.largest_bytes == 1'000'003);
}

TEST_CASE("equal work gives equal figures, to the byte") {
  const auto work = [] {
    std::uint64_t seed = 42;
    std::vector<void*> blocks(1000, nullptr);
    for (int i = 0; i < 100'000; ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      void*& block = blocks[seed >> 33 & 511];
      if ((seed >> 20 & 3) == 0) {
        block = std::realloc(block, 1 + (seed >> 40) % 20'000);
      } else {
        std::free(block);
        block = escape(std::malloc(16 + (seed >> 40) % 4097));
      }
    }
    for (void* block : blocks) std::free(block);
  };
  // What glibc hands out for a size depends on what lies free around it; the counts do not.
  const HeapSnapshot first = counted(work);
  for (int run = 1; run < 5; ++run) {
    const HeapSnapshot again = counted(work);
    CHECK(again.allocations == first.allocations);
    CHECK(again.frees == first.frees);
    CHECK(again.requested_bytes == first.requested_bytes);
    CHECK(again.live_bytes == 0);
    CHECK(first.live_bytes == 0);
  }
  // From the same start, as in a process of its own, also the peak is the same. Nothing is
  // allocated between the forks, so that all of them do start the same.
  std::uint64_t peaks[5] = {};
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  for (std::uint64_t& peak : peaks) {
    const pid_t pid = fork();
    if (pid == 0) {
      const HeapShim heap = HeapShim::find();
      HeapSnapshot snapshot{};
      heap.open();
      work();
      heap.close(&snapshot);
      (void)!write(pipe_ends[1], &snapshot.peak_bytes, sizeof snapshot.peak_bytes);
      _exit(0);
    }
    (void)!read(pipe_ends[0], &peak, sizeof peak);
    waitpid(pid, nullptr, 0);
  }
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  CHECK(peaks[0] > 1'000'000);
  for (const std::uint64_t peak : peaks) CHECK(peak == peaks[0]);
}

TEST_CASE("a window starts at nothing") {
  void* before = std::malloc(500'000);
  const auto usable = malloc_usable_size(before);
  SECTION("what was live before does not count") {
    const auto heap = counted([] {});
    CHECK(heap.peak_bytes == 0);
    CHECK(heap.allocations == 0);
  }
  SECTION("freeing it makes room below zero") {
    void* after = nullptr;
    const auto heap = counted([&] {
      std::free(before);
      before = nullptr;
      after = escape(std::malloc(400'000));
    });
    CHECK(heap.frees == 1);
    CHECK(malloc_usable_size(after) < usable);
    CHECK(heap.peak_bytes == 0);
    CHECK(heap.live_bytes == 0);
    std::free(after);
  }
  SECTION("nothing counts while it is closed") {
    HeapSnapshot heap{};
    shim().close(&heap);
    CHECK(heap.allocations == 0);
    void* block = escape(std::malloc(100));
    const auto empty = counted([] {});
    CHECK(empty.allocations == 0);
    std::free(block);
  }
  std::free(before);
}

TEST_CASE("phases have peaks of their own") {
  const HeapShim heap = shim();
  std::uint64_t peak[3];
  std::uint64_t live[3];
  HeapSnapshot snapshot{};
  heap.open();
  void* kept = escape(std::malloc(1000));
  std::free(escape(std::malloc(100'000)));
  heap.mark_phase(&peak[0], &live[0]);
  heap.mark_phase(&peak[1], &live[1]);
  std::free(escape(std::malloc(50'000)));
  heap.mark_phase(&peak[2], &live[2]);
  heap.close(&snapshot);
  CHECK(peak[0] > 101'000);
  CHECK(live[0] == malloc_usable_size(kept));
  CHECK(peak[1] == live[0]);
  CHECK(peak[2] > 51'000);
  CHECK(peak[2] < 70'000);
  CHECK(snapshot.peak_bytes == peak[0]);
  std::free(kept);
}

TEST_CASE("published counters are the shim's own") {
  const HeapShim heap = shim();
  HeapLive block{};
  HeapSnapshot snapshot{};
  REQUIRE(heap.publish(&block));
  heap.open();
  const bool refused = !heap.publish(nullptr);
  void* memory = escape(std::malloc(100'000));
  const auto live = block.live_bytes();
  std::free(memory);
  const auto peak = block.peak_bytes();
  heap.close(&snapshot);
  REQUIRE(heap.publish(nullptr));
  CHECK(refused);
  CHECK(live >= 100'000);
  CHECK(peak == live);
  CHECK(block.live_bytes() == 0);
  std::free(escape(std::malloc(100'000)));
  CHECK(block.live.load() == 0);
}

TEST_CASE("a forked child counts nothing in its parent's window") {
  const HeapShim heap = shim();
  auto* block = static_cast<HeapLive*>(
      mmap(nullptr, sizeof(HeapLive), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  HeapSnapshot snapshot{};
  REQUIRE(heap.publish(block));
  heap.open();
  const pid_t pid = fork();
  if (pid == 0) {
    escape(std::malloc(10'000'000));
    void* mapped = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(mapped, 4096);
    heap.close(&snapshot);
    _exit(snapshot.allocations == 0 ? 0 : 1);
  }
  int status = -1;
  waitpid(pid, &status, 0);
  heap.close(&snapshot);
  REQUIRE(heap.publish(nullptr));
  CHECK(status == 0);
  CHECK(snapshot.peak_bytes < 10'000'000);
  CHECK(block->peak_bytes() < 10'000'000);
  munmap(block, sizeof(HeapLive));
}

TEST_CASE("mappings of the program count by kind, in whole pages") {
  constexpr std::size_t kMiB = 1 << 20;
  // A file that is no shared memory, wherever temporary files lie.
  const int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  void* anon = nullptr;
  void* file = nullptr;
  SECTION("peak and live") {
    const auto heap = counted([&] {
      anon =
          mmap(nullptr, 3 * kMiB + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      file = mmap(nullptr, 4 * kMiB, PROT_READ, MAP_PRIVATE, fd, 0);
      munmap(static_cast<char*>(anon) + kMiB, kMiB);
      munmap(file, 4 * kMiB);
    });
    CHECK(heap.mmap_anon_peak_bytes == 3 * kMiB + 4096);
    CHECK(heap.mmap_anon_live_bytes == 2 * kMiB + 4096);
    CHECK(heap.mmap_file_peak_bytes == 4 * kMiB);
    CHECK(heap.mmap_file_live_bytes == 0);
    CHECK(heap.allocations == 0);
    munmap(anon, 3 * kMiB + 1);
  }
  SECTION("mremap and fixed mappings") {
    const auto heap = counted([&] {
      anon = mmap(nullptr, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      anon = mremap(anon, kMiB, 5 * kMiB, MREMAP_MAYMOVE);
      file = mmap(anon, 2 * kMiB, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
    });
    CHECK(file == anon);
    CHECK(heap.mmap_anon_peak_bytes == 5 * kMiB);
    CHECK(heap.mmap_anon_live_bytes == 3 * kMiB);
    CHECK(heap.mmap_file_live_bytes == 2 * kMiB);
    munmap(anon, 5 * kMiB);
  }
  SECTION("shared memory and reservations") {
    const int memory = memfd_create("mapped", MFD_CLOEXEC);
    REQUIRE(ftruncate(memory, 2 * kMiB) == 0);
    void* shared[2];
    const auto heap = counted([&] {
      shared[0] = mmap(nullptr, 2 * kMiB, PROT_READ, MAP_SHARED, memory, 0);
      shared[1] = mmap(nullptr, kMiB, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
      anon = mmap(nullptr, 64 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      mprotect(static_cast<char*>(anon) + kMiB, 3 * kMiB, PROT_READ);
    });
    CHECK(heap.mmap_shared_peak_bytes == 3 * kMiB);
    CHECK(heap.mmap_anon_peak_bytes == 3 * kMiB);
    CHECK(heap.mmap_file_peak_bytes == 0);
    munmap(shared[0], 2 * kMiB);
    munmap(shared[1], kMiB);
    munmap(anon, 64 * kMiB);
    close(memory);
  }
  SECTION("the break that the program moves") {
    const auto heap = counted([&] {
      if (sbrk(2 * kMiB) != reinterpret_cast<void*>(-1)) sbrk(-static_cast<int>(kMiB));
    });
    CHECK(heap.mmap_anon_peak_bytes == 2 * kMiB);
    CHECK(heap.mmap_anon_live_bytes == kMiB);
  }
  SECTION("unmapping what was there before is no negative figure") {
    anon = mmap(nullptr, kMiB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const auto heap = counted([&] { munmap(anon, kMiB); });
    CHECK(heap.mmap_anon_peak_bytes == 0);
    CHECK(heap.mmap_anon_live_bytes == 0);
  }
  close(fd);
}

TEST_CASE("the allocator's own mappings do not count") {
  const auto heap = counted([] {
    std::vector<void*> blocks;
    for (int i = 0; i < 40; ++i) {
      blocks.push_back(escape(std::malloc(std::size_t{5} << 20)));
      std::memset(blocks.back(), 1, 4096);
    }
    for (int i = 0; i < 3000; ++i) blocks.push_back(escape(std::malloc(10'000)));
    for (void* block : blocks) std::free(block);
  });
  CHECK(heap.peak_bytes > std::uint64_t{200} << 20);
  CHECK(heap.mmap_anon_peak_bytes == 0);
  CHECK(heap.mmap_file_peak_bytes == 0);
}

TEST_CASE("releases near the peak are reported before they happen") {
  constexpr std::size_t kMiB = 1 << 20;
  struct Seen {
    HeapShim heap;
    HeapLive live;
    std::vector<std::uint64_t> at;
  };
  Seen seen{shim(), {}, {}};
  seen.at.reserve(5000);
  const auto hook = [](void* context) {
    auto& self = *static_cast<Seen*>(context);
    if (self.at.size() < self.at.capacity()) self.at.push_back(self.live.live_bytes());
  };
  REQUIRE(seen.heap.publish(&seen.live));
  REQUIRE(seen.heap.on_release(hook, &seen));
  SECTION("one block") {
    counted([] { std::free(escape(std::malloc(30 * kMiB))); });
    REQUIRE(seen.at.size() == 1);
    CHECK(seen.at[0] >= 30 * kMiB);
  }
  SECTION("a shrinking realloc") {
    void* block = nullptr;
    counted([&] {
      block = escape(std::malloc(30 * kMiB));
      block = std::realloc(block, 100);
    });
    REQUIRE(seen.at.size() == 1);
    CHECK(seen.at[0] >= 30 * kMiB);
    std::free(block);
  }
  SECTION("many small blocks, at the first descent") {
    std::vector<void*> blocks(20'000);
    counted([&] {
      for (void*& block : blocks) block = escape(std::malloc(1000));
      for (void* block : blocks) std::free(block);
    });
    REQUIRE(seen.at.size() == 1);
    CHECK(seen.at[0] >= 20'000 * 1000 / 64 * 62);
  }
  SECTION("a mapping, and pages that are dropped") {
    counted([] {
      void* mapped =
          mmap(nullptr, 20 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      madvise(mapped, 20 * kMiB, MADV_DONTNEED);
      munmap(mapped, 20 * kMiB);
    });
    CHECK(seen.at.size() == 2);
  }
  SECTION("seldom in a steady state, and the same each time") {
    std::vector<std::size_t> reports;
    for (int run = 0; run < 3; ++run) {
      seen.at.clear();
      counted([] {
        for (int i = 0; i < 1000; ++i) std::free(escape(std::malloc(kMiB)));
      });
      reports.push_back(seen.at.size());
    }
    CHECK(reports[0] >= 1000 / 16);
    CHECK(reports[0] <= 1000 / 15 + 1);
    CHECK(reports == std::vector<std::size_t>(3, reports[0]));
  }
  SECTION("not for small peaks") {
    counted([] {
      for (int i = 0; i < 1000; ++i) std::free(escape(std::malloc(10'000)));
    });
    CHECK(seen.at.empty());
  }
  REQUIRE(seen.heap.on_release(nullptr, nullptr));
  REQUIRE(seen.heap.publish(nullptr));
}

}  // namespace
}  // namespace splitscope::record
