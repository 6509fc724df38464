// Which workloads there are. A new one is a folder and one line in catalog.cc.
#pragma once

#include <vector>

#include "workloads/workload_info.h"

namespace splitscope::workloads {

/// In the order in which lists and reports show them.
[[nodiscard]] std::vector<WorkloadInfo> all_workloads();

}  // namespace splitscope::workloads
