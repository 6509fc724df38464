// Strategies and generated splits, as tests and benchmarks of searching want them.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "strategies/catalog.h"
#include "workloads/corpus/generate.h"

namespace splitscope::test {

/// A strategy with counters of its own.
struct CountedStrategy {
  explicit CountedStrategy(std::string_view spec = "mmap-view")
      : strategy(strategies::make_strategy(spec, counters)) {}
  [[nodiscard]] Strategy& operator*() const { return *strategy; }

  AccessCounters counters;
  std::unique_ptr<Strategy> strategy;
};

inline std::vector<std::filesystem::path> generate_splits(const std::filesystem::path& folder,
                                                          const std::string& profile,
                                                          std::uint64_t size, std::uint32_t count) {
  const CountedStrategy streaming("streaming");
  const std::filesystem::path file = std::filesystem::path(SPLITSCOPE_SOURCE_DIR) /
                                     "workloads/corpus/profiles" / (profile + ".json");
  std::vector<std::filesystem::path> splits;
  for (const auto& made :
       workloads::generate({workloads::read_profile(file), size, count, 42}, *streaming, folder)) {
    splits.push_back(made.split);
  }
  return splits;
}

}  // namespace splitscope::test
