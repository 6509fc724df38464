// The workflow "index directory to split".
#pragma once

#include <filesystem>
#include <memory>

#include "workloads/workload_info.h"

namespace splitscope::workloads {

/// spec.inputs: one index directory with one segment; spec.output: the split to write. No options.
/// run() is write_split (split/split_writer.h); verify() compares each file with its input, checks
/// the components' CRCs and the hotcache, and refuses what Quickwit cannot open.
[[nodiscard]] std::unique_ptr<Workload> make_convert(const WorkloadSpec& spec);

/// Throws UnsupportedFeature for an index of which Quickwit's tantivy would not open a split: term
/// dictionaries of type FST, a store compressor that is none of today's. Not a part of prepare():
/// what it allocates would move what the measured window allocates. Errors: FormatError, FileError.
void refuse_what_quickwit_cannot_open(Strategy& strategy, const std::filesystem::path& index);

/// Throws UsageError unless `split` may be written: into a folder that exists and, in the index
/// folder itself, with a name that the next conversion leaves out.
void check_place_of_split(const std::filesystem::path& split, const std::filesystem::path& index);

[[nodiscard]] WorkloadInfo convert_info();

}  // namespace splitscope::workloads
