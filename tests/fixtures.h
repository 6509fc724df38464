// Where the real splits lie, and how a test says that it was skipped without them.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace splitscope::test {

/// The fixture at `relative`, or nothing where the folder of real files is absent. In that case a
/// line "SKIPPED: ..." goes to stdout, which scripts/test counts.
inline std::optional<std::filesystem::path> fixture(const std::string& relative) {
  const char* set = std::getenv("SPLITSCOPE_FIXTURES");
  const std::filesystem::path root = set != nullptr && *set != '\0'
                                         ? std::filesystem::path(set)
                                         : std::filesystem::path(SPLITSCOPE_DEFAULT_FIXTURES);
  const auto path = root / relative;
  if (std::filesystem::exists(path)) return path;
  std::printf("SKIPPED: no fixture %s (set SPLITSCOPE_FIXTURES)\n", path.c_str());
  return std::nullopt;
}

}  // namespace splitscope::test
