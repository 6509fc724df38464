// Which workloads there are. A new one is a folder and one line in catalog.cc.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "workloads/workload.h"

namespace splitscope::workloads {

/// What of a data set a workload takes: nothing, one index folder, one split, or all splits.
enum class WorkloadInput { kNone, kIndex, kSplit, kSplits };

struct WorkloadInfo {
  std::string_view name;
  /// One line for people.
  std::string_view summary;
  WorkloadInput input;
  /// Talks to the S3 server that its environment names.
  bool needs_s3;
  std::unique_ptr<Workload> (*make)(const WorkloadSpec& spec);
};

/// In the order in which lists and reports show them.
[[nodiscard]] std::span<const WorkloadInfo> all_workloads();

}  // namespace splitscope::workloads
