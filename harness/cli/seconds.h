// A time that a user gives in seconds.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>

namespace splitscope::cli {

/// From a millisecond to a week; no nan either, which every comparison lets pass.
inline CLI::Validator seconds() {
  constexpr double kLeast = 0.001;
  constexpr double kMost = 7 * 24 * 3600.0;
  return {[](std::string& text) {
            char* end = nullptr;
            const double value = std::strtod(text.c_str(), &end);
            const bool right = *end == '\0' && value >= kLeast && value <= kMost;
            return right ? std::string() : "expected 0.001 to 604800 seconds, found " + text;
          },
          "SECONDS"};
}

}  // namespace splitscope::cli
