// The table of measures, measures.json, as the program knows it.
#pragma once

#include <span>
#include <string_view>

namespace splitscope::result {

enum class Unit { kBytes, kCount, kMilliseconds, kRatio, kMegabytesPerSecond, kByteSeconds };

/// Which value is the better one; kNeither describes the run.
enum class Better { kLess, kMore, kNeither };

struct MeasureInfo {
  std::string_view key;
  std::string_view about;
  Unit unit;
  Better better;
  /// Only rows of workloads that count it have it; every row has the others.
  bool counted_by_workload;
  /// Why a row of a run, or of a command, has none unless it says something else.
  std::string_view absent_in_run;
  std::string_view absent_in_exec;
};

/// In the order of the table. A workload may count more under keys of its own.
[[nodiscard]] std::span<const MeasureInfo> measure_catalog();

/// The entry of `key`, or null.
[[nodiscard]] const MeasureInfo* find_measure(std::string_view key);

}  // namespace splitscope::result
