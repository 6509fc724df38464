// Exact heap figures in Google Benchmark's JSON output: allocs_per_iter, max_bytes_used,
// total_allocated_bytes and net_heap_growth, from splitscope's heap shim. Header only; for
// Google Benchmark 1.7 and later.
//
//   int main(int argc, char** argv) { return splitscope::run_benchmarks(argc, argv); }
//
// instead of BENCHMARK_MAIN(). Start the program with the shim preloaded (heap_window.h says how).
// Without it the figures are left out, and the reason stands in the context and on stderr.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdio>
#include <optional>
#include <vector>

#include "splitscope/heap_window.h"
#include "splitscope/repaired_reporter.h"

namespace splitscope {

/// Google Benchmark calls it around a pass of its own of at most 16 iterations, so peaks are exact
/// and times are not disturbed. A few hundred bytes of the library's own are in the figures, and up
/// to version 1.9.1 what a benchmark's Setup and Teardown allocate.
class MemoryManager : public benchmark::MemoryManager {
 public:
  /// Null, or why nothing can be measured: then do not register it.
  [[nodiscard]] static const char* unmeasured() noexcept {
    return record::HeapShim::find().unusable_because();
  }

  void Start() override { window_.emplace(); }

  void Stop(Result& result) override {
    const record::HeapSnapshot& heap = window_->close();
    result.num_allocs = static_cast<std::int64_t>(heap.allocations);
    result.max_bytes_used = static_cast<std::int64_t>(heap.peak_bytes);
    result.total_allocated_bytes = static_cast<std::int64_t>(heap.requested_bytes);
    // Never negative: the shim does not look at what was there before.
    result.net_heap_growth = static_cast<std::int64_t>(heap.live_bytes);
    window_.reset();
    results_.push_back(result);
  }

  // Pure virtual in 1.7 and 1.8, and gone afterwards: no `override` fits both.
#pragma GCC diagnostic push
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winconsistent-missing-override"
#endif
#pragma GCC diagnostic ignored "-Wsuggest-override"
  void Stop(Result* result) { Stop(*result); }
#pragma GCC diagnostic pop

  /// Of every pass so far, in their order.
  [[nodiscard]] const std::vector<Result>& results() const noexcept { return results_; }

 private:
  std::optional<HeapWindow> window_;
  std::vector<Result> results_;
};

/// What BENCHMARK_MAIN() does, with memory measured. Returns the exit code.
inline int run_benchmarks(int argc, char** argv) {
  const OutputFlags flags(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  MemoryManager manager;
  const char* const unmeasured = MemoryManager::unmeasured();
  if (unmeasured != nullptr) {
    benchmark::AddCustomContext("memory_unmeasured_because", unmeasured);
    std::fprintf(stderr, "memory is not measured: %s\n", unmeasured);
    benchmark::RunSpecifiedBenchmarks();
  } else {
    benchmark::RegisterMemoryManager(&manager);
    run_with_repaired_reporters(flags, manager.results());
    benchmark::RegisterMemoryManager(nullptr);
  }
  benchmark::Shutdown();
  return 0;
}

}  // namespace splitscope
