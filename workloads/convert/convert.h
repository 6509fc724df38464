// The workflow "index directory to split".
#pragma once

#include <filesystem>
#include <memory>

#include "workloads/workload.h"

namespace splitscope {

/// spec.inputs: one index directory with one segment; spec.output: the split to write. No options.
/// prepare() refuses what Quickwit's tantivy would not open: term dictionaries of type FST, a store
/// compressor that is none of today's. run() is write_split (split/split_writer.h); verify()
/// compares each file with its input, checks the components' CRCs and the hotcache.
[[nodiscard]] std::unique_ptr<Workload> make_convert(const WorkloadSpec& spec);

/// Throws UsageError unless `split` may be written: into a folder that exists and, in the index
/// folder itself, with a name that the next conversion leaves out.
void check_place_of_split(const std::filesystem::path& split, const std::filesystem::path& index);

}  // namespace splitscope
