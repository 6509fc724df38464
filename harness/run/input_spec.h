// What is generated for a case.
#pragma once

#include <cstdint>
#include <string>

namespace splitscope::run {

/// Says what to generate; the same values give the same bytes.
struct InputSpec {
  std::string profile = "logs";
  /// Size of each split, roughly.
  std::uint64_t size_bytes = 0;
  int count = 1;
  std::uint64_t seed = 42;

  /// "logs-20MB", "logs-5x4MB", with "-s7" for a seed other than 42.
  [[nodiscard]] std::string label() const;
};

}  // namespace splitscope::run
