// splitscope_heap_bench: what the heap shim costs. Runs one loop of malloc and free (16 to 4112
// bytes, 4096 blocks live) in child processes without the shim, with it idle, and with a window
// open, in turns, and prints nanoseconds of CPU per operation and the ratios. On a busy machine
// only the best of many short rounds says something.
//   --allocator libjemalloc.so.2  --threads 1  --rounds 30  --operations 1000000
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include "harness/record/heap_recorder.h"

namespace splitscope::record {
namespace {

struct Options {
  std::string shim = SPLITSCOPE_HEAP_LIBRARY;
  std::string allocator;
  unsigned threads = 1;
  unsigned rounds = 30;
  std::uint64_t operations = 1'000'000;
};

constexpr std::size_t kLive = 4096;

void loop(std::uint64_t operations, std::uint64_t seed) {
  std::vector<void*> blocks(kLive, nullptr);
  for (std::uint64_t i = 0; i < operations; ++i) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    void*& block = blocks[seed % kLive];
    std::free(block);
    block = std::malloc(16 + (seed >> 32) % 4097);
    // As any user would: otherwise the loop measures only the allocator's own memory.
    std::memset(block, 1, 16);
  }
  for (void* block : blocks) std::free(block);
}

// Time of this process, so that whoever else wants the core counts less.
double cpu_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double nanoseconds_per_operation(const Options& options) {
  const double start = cpu_nanoseconds();
  if (options.threads == 1) {
    loop(options.operations, 88172645463325252u);
  } else {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < options.threads; ++i) {
      threads.emplace_back([&, i] { loop(options.operations, 88172645463325252u + i); });
    }
    for (auto& thread : threads) thread.join();
  }
  return (cpu_nanoseconds() - start) / static_cast<double>(options.operations * options.threads);
}

// In the child: the loop, in a window if asked for.
int measure(const Options& options, bool window) {
  HeapShim shim = HeapShim::find();
  HeapSnapshot snapshot{};
  if (window) {
    if (shim.unusable_because() != nullptr) return 1;
    // A hook as the resident recorder sets one, so that its conditions are paid for too.
    shim.on_release([](void*) {}, nullptr);
    shim.open();
  }
  const double result = nanoseconds_per_operation(options);
  if (window) shim.close(&snapshot);
  std::printf("%.3f %llu\n", result, static_cast<unsigned long long>(snapshot.peak_bytes));
  return 0;
}

struct Outcome {
  double nanoseconds = 0;
  std::uint64_t peak_bytes = 0;
};

Outcome run_child(const Options& options, const char* mode) {
  std::string preload = std::strcmp(mode, "none") == 0 ? "" : options.shim;
  if (!options.allocator.empty()) preload += (preload.empty() ? "" : ":") + options.allocator;
  const std::string command = (preload.empty() ? "" : "LD_PRELOAD='" + preload + "' ") + "/proc/" +
                              std::to_string(getpid()) + "/exe --child " + mode + " --threads " +
                              std::to_string(options.threads) + " --operations " +
                              std::to_string(options.operations);
  std::FILE* pipe = popen(command.c_str(), "r");
  Outcome outcome;
  unsigned long long peak = 0;
  if (pipe == nullptr || std::fscanf(pipe, "%lf %llu", &outcome.nanoseconds, &peak) != 2) {
    std::fprintf(stderr, "splitscope_heap_bench: no figures from: %s\n", command.c_str());
    std::exit(1);
  }
  pclose(pipe);
  outcome.peak_bytes = peak;
  return outcome;
}

void print(const char* name, std::vector<double> values, const std::vector<double>& base) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < values.size(); ++i) ratios.push_back(values[i] / base[i]);
  const double best_base = *std::min_element(base.begin(), base.end());
  std::sort(values.begin(), values.end());
  std::sort(ratios.begin(), ratios.end());
  const std::size_t middle = values.size() / 2;
  std::printf(
      "%-12s best %6.1f ns, median %6.1f, worst %6.1f; ratio of the best %.3f, "
      "median of ratios %.3f (%.3f to %.3f)\n",
      name, values.front(), values[middle], values.back(), values.front() / best_base,
      ratios[middle], ratios.front(), ratios.back());
}

int compare(const Options& options) {
  std::vector<double> none, idle, window;
  std::uint64_t least_peak = ~std::uint64_t{0}, most_peak = 0;
  for (unsigned round = 0; round < options.rounds; ++round) {
    none.push_back(run_child(options, "none").nanoseconds);
    idle.push_back(run_child(options, "idle").nanoseconds);
    const Outcome counted = run_child(options, "window");
    window.push_back(counted.nanoseconds);
    least_peak = std::min(least_peak, counted.peak_bytes);
    most_peak = std::max(most_peak, counted.peak_bytes);
  }
  std::printf("malloc and free, %s, %u thread(s), %llu operations, %u rounds in turns\n",
              options.allocator.empty() ? "system allocator" : options.allocator.c_str(),
              options.threads, static_cast<unsigned long long>(options.operations), options.rounds);
  print("no shim", none, none);
  print("idle shim", idle, none);
  print("open window", window, none);
  std::printf("peak of the window %llu bytes, spread %llu\n",
              static_cast<unsigned long long>(most_peak),
              static_cast<unsigned long long>(most_peak - least_peak));
  return 0;
}

}  // namespace
}  // namespace splitscope::record

int main(int argc, char** argv) {
  splitscope::record::Options options;
  std::string child;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    const char* value = argv[i + 1];
    if (flag == "--shim") options.shim = value;
    if (flag == "--allocator") options.allocator = value;
    if (flag == "--threads") options.threads = static_cast<unsigned>(std::atoi(value));
    if (flag == "--rounds") options.rounds = static_cast<unsigned>(std::atoi(value));
    if (flag == "--operations") options.operations = std::strtoull(value, nullptr, 10);
    if (flag == "--child") child = value;
  }
  if (options.threads == 0 || options.rounds == 0 || options.operations == 0) {
    std::fprintf(stderr, "splitscope_heap_bench: threads, rounds and operations must be above 0\n");
    return 1;
  }
  return child.empty() ? splitscope::record::compare(options)
                       : splitscope::record::measure(options, child == "window");
}
