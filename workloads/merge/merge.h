// Merges splits into one split: a true segment merge, as section 4.1 of docs/split-format.md has
// it.
#pragma once

#include <memory>

#include "workloads/workload_info.h"

namespace splitscope::workloads {

/// Inputs: splits or index directories of one schema. Output: a split. Option: dictionaries,
/// "stored" (the default: the same bytes on every machine) or "zstd" (as tantivy with its feature
/// columnar-zstd-compression; bytes depend on libzstd), and drop_unknown, "true" to leave files out
/// that are no part of an index (carried_files.h). Phases: open, fieldnorms, postings, store,
/// columns, then those of writing a split. verify() checks the output as check_split does, compares
/// its listing with that of the inputs (index_contents.h) and the files that were carried with
/// theirs.
[[nodiscard]] std::unique_ptr<Workload> make_merge(const WorkloadSpec& spec);

[[nodiscard]] WorkloadInfo merge_info();

}  // namespace splitscope::workloads
