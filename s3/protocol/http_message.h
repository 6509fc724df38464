// What requests and responses are made of, on both sides of the wire.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace splitscope::s3 {

/// Names in lower case; the same name may come several times, in the order received.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// Decoded names and values in the order of the URL; "?uploads" has an empty value.
using Query = std::vector<std::pair<std::string, std::string>>;

/// The first value of `name` (in lower case), or null.
[[nodiscard]] inline const std::string* find_value(
    const std::vector<std::pair<std::string, std::string>>& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace splitscope::s3
