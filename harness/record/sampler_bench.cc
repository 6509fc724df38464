// splitscope_sampler_bench [SECONDS]: what the parent pays for sampling a child at 1 kHz, as a
// share of one core, beside the same loop without sampling.
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "harness/record/sampler.h"

namespace splitscope::record {
namespace {

constexpr long kIntervalNs = 1'000'000;
constexpr std::size_t kResidentBytes = std::size_t{256} << 20;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename Tick>
void run_loop(const char* name, unsigned seconds, Tick tick) {
  timespec next{};
  clock_gettime(CLOCK_MONOTONIC, &next);
  const double before = cpu_seconds();
  const unsigned ticks = seconds * 1000;
  for (unsigned i = 0; i < ticks; ++i) {
    tick();
    next.tv_nsec += kIntervalNs;
    if (next.tv_nsec >= 1'000'000'000) {
      next.tv_nsec -= 1'000'000'000;
      ++next.tv_sec;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
  }
  const double used = cpu_seconds() - before;
  std::printf("%-22s %.3f %% of a core (%.2f us per tick)\n", name, used / seconds * 100,
              used / ticks * 1e6);
}

/// Cost of one sample, the least over batches: what it costs when nothing else wants the core.
double least_microseconds(Sampler& sampler) {
  constexpr int kBatches = 200;
  constexpr int kPerBatch = 160;  // ten of the rare, dearer samples in each
  double least = 1e9;
  for (int batch = 0; batch < kBatches; ++batch) {
    timespec from{};
    timespec to{};
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < kPerBatch; ++i) (void)sampler.sample_once();
    clock_gettime(CLOCK_MONOTONIC, &to);
    const double took = static_cast<double>(to.tv_sec - from.tv_sec) * 1e6 +
                        static_cast<double>(to.tv_nsec - from.tv_nsec) / 1e3;
    least = took / kPerBatch < least ? took / kPerBatch : least;
  }
  return least;
}

}  // namespace
}  // namespace splitscope::record

int main(int argc, char** argv) {
  using namespace splitscope::record;
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 5;
  if (seconds <= 0) {
    std::fprintf(stderr, "splitscope_sampler_bench: seconds must be above 0\n");
    return 1;
  }
  auto channel = TimelineChannel::create();
  channel.open_window();
  const pid_t child = fork();
  if (child == 0) {
    void* memory = mmap(nullptr, kResidentBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) _exit(1);
    pause();
    _exit(0);
  }
  Sampler sampler(child, &channel);
  std::uint64_t highest = 0;
  run_loop("loop without sampling", static_cast<unsigned>(seconds), [] {});
  run_loop("loop with sampling", static_cast<unsigned>(seconds), [&] {
    if (const auto sample = sampler.sample_once()) {
      highest = sample->rss_bytes() > highest ? sample->rss_bytes() : highest;
    }
  });
  std::printf("one sample, back to back %.2f us\n", least_microseconds(sampler));
  std::printf("highest RSS seen %llu bytes\n", static_cast<unsigned long long>(highest));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return 0;
}
