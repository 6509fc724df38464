// The workflow "index directory to split".
#pragma once

#include <memory>

#include "workloads/workload.h"

namespace splitscope {

/// spec.inputs: one index directory with one segment; spec.output: the split to write. No options.
/// run() is write_split (split/split_writer.h); verify() compares each file with its input, checks
/// the components' CRCs and the hotcache.
[[nodiscard]] std::unique_ptr<Workload> make_convert(const WorkloadSpec& spec);

}  // namespace splitscope
