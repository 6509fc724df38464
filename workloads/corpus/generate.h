// Generates index directories and splits of a wanted size.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "strategies/interface/strategy.h"
#include "workloads/corpus/profile.h"

namespace splitscope::workloads {

struct GenerateSpec {
  Profile profile;
  /// Size of each split.
  std::uint64_t size_bytes = 0;
  std::uint32_t count = 1;
  std::uint64_t seed = 0;
};

struct GeneratedSplit {
  std::filesystem::path index;
  std::filesystem::path split;
  std::uint32_t documents = 0;
  std::uint64_t split_bytes = 0;
};

/// Makes `directory`/index-0 ... and `directory`/split-0.split ..., each within 3 % of the wanted
/// size, two or more at a time where there are cores. What exists under these names is replaced;
/// nothing half-made is left. `done` is called after each split, one call at a time, on any thread.
/// `strategy` is what files are written through. Errors: UsageError for a size that the profile
/// cannot meet; std::system_error.
std::vector<GeneratedSplit> generate(const GenerateSpec& spec, Strategy& strategy,
                                     const std::filesystem::path& directory,
                                     const std::function<void(const GeneratedSplit&)>& done = {});

}  // namespace splitscope::workloads
