// A strategy that takes memory on purpose and knows how much, for `run --plugin`: reads each range
// into a fresh buffer, and when a file is opened
//   copies=N     keeps N copies of it for as long as it is open
//   leak=SIZE    takes a block that it never gives back
//   spike=SIZE   takes a block and gives it back at once
//   map=SIZE     the same with pages mapped by itself
// It tells what it took in a file beside itself: NAME.truth, lines "MEASURE VALUE"; with a plus
// before the measure what that has more of than without the option.
#include <dlfcn.h>
#include <sys/mman.h>

#include <climits>
#include <vector>

#include "strategies/plugins/plugin_api.h"
#include "tests/truth/teller.h"

namespace splitscope::strategies {
namespace {

constexpr OptionLimits kSizes{0, std::uint64_t{1} << 30};

struct Taken {
  explicit Taken(Options& options)
      : copies(options.count("copies", {0, 64})),
        leak_bytes(options.size("leak", kSizes)),
        spike_bytes(options.size("spike", kSizes)),
        map_bytes(options.size("map", kSizes)) {}
  [[nodiscard]] static std::uint64_t expected_peak(std::span<const std::uint64_t> sizes) {
    return sum_of(sizes);
  }

  std::uint64_t copies;
  std::uint64_t leak_bytes;
  std::uint64_t spike_bytes;
  std::uint64_t map_bytes;
};

char truth_path[PATH_MAX + 8];

// Before any window opens: it may allocate.
void find_truth_path() {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&find_truth_path), &self) == 0 ||
      realpath(self.dli_fname, truth_path) == nullptr) {
    truth_fail("a plugin that does not know where it is");
  }
  strcat(truth_path, ".truth");
}

void tell(const char* measure, std::uint64_t value) { tell_to(truth_path, 0, measure, value); }

void tell_more(std::uint64_t live, std::uint64_t left, std::uint64_t blocks, std::uint64_t freed,
               std::uint64_t requested) {
  tell("+peak_heap_bytes", live);
  tell("+heap_end_bytes", left);
  tell("+heap_allocations", blocks);
  tell("+heap_frees", freed);
  tell("+heap_requested_bytes", requested);
}

// Until the process ends; a static pointer, so that nobody calls it lost.
void* leaked = nullptr;

void* touched_block(std::size_t bytes) {
  void* const block = malloc(bytes);
  touch(block, malloc_usable_size(block));
  return block;
}

void tell_peak(resident before, std::uint64_t more) {
  constexpr std::uint64_t kPage = TRUTH_PAGE;
  const std::uint64_t touched = (more + kPage - 1) / kPage * kPage;
  tell("peak_rss_bytes", before.rss + touched);
  tell("peak_rss_anon_bytes", before.anon + touched);
}

class TruthSource final : public FileSource {
 public:
  TruthSource(const std::filesystem::path& path, const Taken& taken, AccessCounters& counters)
      : FileSource(path, counters) {
    (void)resident_now();
    const resident before = resident_now();
    if (taken.leak_bytes != 0) {
      leaked = touched_block(taken.leak_bytes);
      tell_more(malloc_usable_size(leaked), malloc_usable_size(leaked), 1, 0, taken.leak_bytes);
    }
    if (taken.spike_bytes != 0) {
      void* const block = touched_block(taken.spike_bytes);
      const std::size_t size = malloc_usable_size(block);
      free(block);
      tell_more(size, 0, 1, 1, taken.spike_bytes);
      tell("heap_largest_bytes", taken.spike_bytes);
      // The C library puts its header before a block that it maps.
      tell_peak(before, size + 16);
    }
    if (taken.map_bytes != 0) {
      void* const memory = mmap(nullptr, taken.map_bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      touch(memory, taken.map_bytes);
      munmap(memory, taken.map_bytes);
      tell("mmap_anon_peak_bytes", taken.map_bytes);
      tell_peak(before, taken.map_bytes);
    }
    if (taken.copies == 0) return;
    copies_.reserve(taken.copies);
    std::uint64_t held = malloc_usable_size(copies_.data());
    for (std::uint64_t i = 0; i < taken.copies; ++i) {
      copies_.push_back(HeapBuffer::make(file().size()));
      read_into(0, {copies_.back()->data(), file().size()});
      held += malloc_usable_size(copies_.back().get());
    }
    tell("+peak_heap_bytes", held);
    tell("+heap_end_bytes", 0);
    tell("+heap_allocations", taken.copies + 1);
    tell("+heap_frees", taken.copies + 1);
  }

 private:
  Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    const auto buffer = HeapBuffer::make(length);
    read_into(offset, {buffer->data(), length});
    return buffer->view(0, length);
  }

  std::vector<HeapBuffer::Pointer> copies_;
};

StrategyInfo truth() {
  find_truth_path();
  return {.name = "truth",
          .summary = "takes memory on purpose and tells how much",
          .options = {{"copies", "0", "copies of each file"},
                      {"leak", "0", "bytes never given back"},
                      {"spike", "0", "bytes given back at once"},
                      {"map", "0", "mapped bytes given back at once"}},
          .traits = {.copies = Copies::kRanges},
          .make = make_file_strategy<TruthSource, Taken>};
}

}  // namespace
}  // namespace splitscope::strategies

SPLITSCOPE_EXPORT_STRATEGY(splitscope::strategies::truth);
