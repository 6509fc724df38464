// The workflow "split to index directory".
#pragma once

#include <memory>

#include "workloads/workload_info.h"

namespace splitscope::workloads {

/// spec.inputs: one split; spec.output: the directory to make. Every file of the bundle is written
/// (split_fields and .managed.json too), the hotcache is not. Option "overwrite" ("true" or
/// "false", default false): replace an output directory that is not empty. Phases "open", "files".
/// The directory appears under its name only once it is whole.
[[nodiscard]] std::unique_ptr<Workload> make_extract(const WorkloadSpec& spec);

[[nodiscard]] WorkloadInfo extract_info();

}  // namespace splitscope::workloads
