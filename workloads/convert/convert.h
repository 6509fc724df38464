// The workflow "index directory to split".
#pragma once

#include <filesystem>
#include <memory>

#include "workloads/workload.h"

namespace splitscope {

/// spec.inputs: one index directory with one segment; spec.output: the split to write. No options.
/// run() is write_split (split/split_writer.h); verify() compares each file with its input, checks
/// the components' CRCs and the hotcache.
/// Throws UsageError unless `split` may be written: into a folder that exists and, in the index
/// folder itself, with a name that the next conversion leaves out.
void check_place_of_split(const std::filesystem::path& split, const std::filesystem::path& index);

[[nodiscard]] std::unique_ptr<Workload> make_convert(const WorkloadSpec& spec);

}  // namespace splitscope
