// How much a text holds that is put together piece by piece, with and without reserve().
#include <string>

#include "splitscope/memory_manager.h"

static void grown(benchmark::State& state) {
  for (auto _ : state) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text.append(64, 'x');
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(grown);

static void reserved(benchmark::State& state) {
  for (auto _ : state) {
    std::string text;
    text.reserve(64'000);
    for (int i = 0; i < 1000; ++i) text.append(64, 'x');
    benchmark::DoNotOptimize(text.data());
  }
}
BENCHMARK(reserved);

int main(int argc, char** argv) { return splitscope::run_benchmarks(argc, argv); }
