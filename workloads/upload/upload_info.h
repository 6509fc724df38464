// What the upload workload says of itself, without the library that it lies in.
#pragma once

#include "workloads/workload_info.h"

namespace splitscope::workloads {

[[nodiscard]] WorkloadInfo upload_info();

}  // namespace splitscope::workloads
