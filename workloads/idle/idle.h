// The workload that does nothing: what is measured of it is the noise floor.
#pragma once

#include <memory>

#include "workloads/workload_info.h"

namespace splitscope::workloads {

/// Takes no inputs, no output and no options. Errors: UsageError from prepare() for any.
[[nodiscard]] std::unique_ptr<Workload> make_idle(const WorkloadSpec& spec);

[[nodiscard]] WorkloadInfo idle_info();

}  // namespace splitscope::workloads
