// What reaching bytes costs in time under each strategy: a whole scan, reads in random places, and
// the tiny forward reads of a merge. The file is in the page cache.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "base/testing/temporary_folder.h"
#include "strategies/catalog.h"

namespace splitscope::strategies {
namespace {

constexpr std::size_t kFileBytes = std::size_t{64} << 20;

const std::filesystem::path& bench_file() {
  static const test::TemporaryFolder dir;
  static const std::filesystem::path path = dir.file("bench", test::random_bytes(kFileBytes, 1));
  return path;
}

void report(benchmark::State& state, const AccessCounters& counters) {
  const auto reads = static_cast<double>(counters.reads.load());
  state.SetBytesProcessed(static_cast<std::int64_t>(counters.bytes_requested.load()));
  state.counters["syscalls_per_read"] =
      reads > 0 ? static_cast<double>(counters.read_syscalls.load()) / reads : 0;
}

void scan_file(benchmark::State& state, const std::string& spec) {
  AccessCounters counters;
  const auto strategy = make_strategy(spec, counters);
  const auto source = strategy->open(bench_file());
  for ([[maybe_unused]] auto _ : state) {
    unsigned sum = 0;
    const auto scan = source->scan(0, kFileBytes);
    for (Bytes window = scan->next(); !window.empty(); window = scan->next()) {
      // One byte in each cache line: the bytes must arrive, not be worked on.
      for (std::size_t i = 0; i < window.size(); i += 64)
        sum += std::to_integer<unsigned>(window.data()[i]);
      window.reset();
    }
    benchmark::DoNotOptimize(sum);
  }
  report(state, counters);
}

void read_at_random(benchmark::State& state, const std::string& spec) {
  constexpr std::size_t kReadBytes = 4096;
  AccessCounters counters;
  const auto strategy = make_strategy(spec, counters);
  const auto source = strategy->open(bench_file());
  std::minstd_rand random(1);
  for ([[maybe_unused]] auto _ : state) {
    const Bytes bytes = source->read(random() % (kFileBytes - kReadBytes), kReadBytes);
    std::byte bytes_begin = *bytes.data();
    benchmark::DoNotOptimize(bytes_begin);
  }
  report(state, counters);
}

// Two streams that take turns, as postings and positions do.
void read_small_forward(benchmark::State& state, const std::string& spec) {
  constexpr std::size_t kReadBytes = 24;
  AccessCounters counters;
  const auto strategy = make_strategy(spec, counters);
  const auto source = strategy->open(bench_file());
  std::size_t offset = 0;
  for ([[maybe_unused]] auto _ : state) {
    const Bytes first = source->read(offset, kReadBytes);
    std::byte first_begin = *first.data();
    benchmark::DoNotOptimize(first_begin);
    const Bytes second = source->read(kFileBytes / 2 + offset, kReadBytes);
    std::byte second_begin = *second.data();
    benchmark::DoNotOptimize(second_begin);
    offset = (offset + kReadBytes) % (kFileBytes / 2 - kReadBytes);
  }
  report(state, counters);
}

void register_all() {
  for (const StrategyInfo& info : all_strategies()) {
    benchmark::RegisterBenchmark(("scan/" + info.name).c_str(), scan_file, info.name);
    benchmark::RegisterBenchmark(("random_read/" + info.name).c_str(), read_at_random, info.name);
    benchmark::RegisterBenchmark(("small_forward_read/" + info.name).c_str(), read_small_forward,
                                 info.name);
    if (info.traits.window_option.empty()) continue;
    // What a window costs besides its bytes.
    const std::string tiny = info.name + ":" + info.traits.window_option + "=64";
    benchmark::RegisterBenchmark(("scan_tiny_windows/" + info.name).c_str(), scan_file, tiny);
  }
}

}  // namespace
}  // namespace splitscope::strategies

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  splitscope::strategies::register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
