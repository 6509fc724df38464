// Every measure that a result row has, in the order in which it has them.
#pragma once

#include <span>
#include <string_view>

namespace splitscope::result {

enum class Better { kLess, kMore, kNeither };

struct MeasureInfo {
  std::string_view key;
  std::string_view about;
  Better better = Better::kLess;
};

/// The measures of result_format.md. A workload may count more, which come after these.
[[nodiscard]] std::span<const MeasureInfo> measure_catalog();

/// The entry of `key`, or null.
[[nodiscard]] const MeasureInfo* find_measure(std::string_view key);

}  // namespace splitscope::result
