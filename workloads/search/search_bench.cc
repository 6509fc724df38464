// Queries in a second, by kind, and documents that pass through a scorer.
#include <benchmark/benchmark.h>

#include "base/testing/temporary_folder.h"
#include "workloads/search/hot_split.h"
#include "workloads/search/query_maker.h"
#include "workloads/search/testing/generated.h"

namespace splitscope::workloads {
namespace {

constexpr std::uint64_t kSplitBytes = 20'000'000;

// Generated once.
const std::filesystem::path& split_of(const std::string& profile) {
  struct Folder {
    explicit Folder(const std::string& name)
        : split(test::generate_splits(folder / "splits", name, kSplitBytes, 1).front()) {}
    test::TemporaryFolder folder;
    std::filesystem::path split;
  };
  static const Folder logs("logs");
  static const Folder text("text");
  return profile == "logs" ? logs.split : text.split;
}

void query(benchmark::State& state, const std::string& profile, std::uint64_t kind) {
  const test::CountedStrategy strategy("mmap-view");
  const auto& split = split_of(profile);
  QueryMaker maker(*strategy, split, 42);
  std::vector<Query> queries;
  for (std::uint64_t i = 0; i < 20; ++i) {
    queries.push_back(maker.make(i * QueryMaker::kKinds + kind));
  }
  IndexSearcher searcher(*strategy, split, footer_of(*strategy, split));
  TopHits hits(10);
  std::uint64_t matches = 0;
  for (auto _ : state) {
    for (const Query& one : queries) {
      hits.clear();
      searcher.search(one, 0, hits);
      matches += hits.count();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(queries.size()));
  state.counters["matches/s"] =
      benchmark::Counter(static_cast<double>(matches), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(query, logs_common_term, "logs", 2);
BENCHMARK_CAPTURE(query, logs_and_of_2, "logs", 6);
BENCHMARK_CAPTURE(query, logs_and_of_3, "logs", 7);
BENCHMARK_CAPTURE(query, logs_or_of_3, "logs", 9);
BENCHMARK_CAPTURE(query, logs_phrase_of_2, "logs", 4);
BENCHMARK_CAPTURE(query, text_common_term, "text", 2);
BENCHMARK_CAPTURE(query, text_and_of_2, "text", 6);
BENCHMARK_CAPTURE(query, text_phrase_of_3, "text", 5);

}  // namespace
}  // namespace splitscope::workloads

BENCHMARK_MAIN();
