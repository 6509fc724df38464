// Inputs of tests that lie in files: golden ones, which are always there, and the real files of
// third parties, which may be absent.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace splitscope::test {

/// What tantivy wrote for us, at `name` in tests/golden (its README tells what there is). Throws
/// where it is missing.
inline std::filesystem::path golden(const std::string& name) {
  auto path = std::filesystem::path(SPLITSCOPE_GOLDEN) / name;
  if (!std::filesystem::exists(path)) throw std::runtime_error("no golden " + path.string());
  return path;
}

/// All golden splits, sorted. `prefix` is what their names begin with.
inline std::vector<std::filesystem::path> golden_splits(const std::string& prefix = "") {
  std::vector<std::filesystem::path> splits;
  for (const auto& entry : std::filesystem::directory_iterator(SPLITSCOPE_GOLDEN)) {
    if (entry.path().extension() == ".split" &&
        entry.path().filename().string().starts_with(prefix)) {
      splits.push_back(entry.path());
    }
  }
  std::sort(splits.begin(), splits.end());
  return splits;
}

/// Those of them that are read inside, too: without JSON fields, facets, ip addresses and deletes.
inline std::vector<std::filesystem::path> readable_golden_splits() {
  auto splits = golden_splits();
  std::erase_if(splits, [](const std::filesystem::path& path) {
    const std::string name = path.stem().string();
    return name == "json" || name == "facet" || name == "ip" || name == "deletes";
  });
  return splits;
}

/// The fixture at `relative`, or nothing where the folder of real files is absent. In that case a
/// line "SKIPPED: ..." goes to stdout, which scripts/test counts.
inline std::optional<std::filesystem::path> fixture(const std::string& relative) {
  const char* set = std::getenv("SPLITSCOPE_FIXTURES");
  const std::filesystem::path root = set != nullptr && *set != '\0'
                                         ? std::filesystem::path(set)
                                         : std::filesystem::path(SPLITSCOPE_DEFAULT_FIXTURES);
  const auto path = root / relative;
  if (std::filesystem::exists(path)) return path;
  std::printf(
      "SKIPPED: third-party files not there (../shared/fixtures): %s (set "
      "SPLITSCOPE_FIXTURES)\n",
      relative.c_str());
  return std::nullopt;
}

}  // namespace splitscope::test
