// A workload that lies in a library of its own.
#pragma once

#include <memory>

#include "workloads/workload.h"

namespace splitscope::workloads {

/// Loads `spec.library`, which stays loaded for the life of the process, and calls its
/// "splitscope_make_workload". Errors: UsageError that says what could not be loaded and why.
[[nodiscard]] std::unique_ptr<Workload> make_from_library(const WorkloadSpec& spec);

}  // namespace splitscope::workloads
