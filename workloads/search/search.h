// The workflow "ask a split": open it as a Quickwit searcher does, answer queries, fetch documents.
#pragma once

#include <memory>

#include "workloads/workload_info.h"

namespace splitscope::workloads {

/// Inputs: splits or index directories; each query is asked of all, as Quickwit's leaves do it:
/// term statistics are those of one split, the best documents those of all. No output. Options:
/// "queries" (how many; default 100: ten of each kind, see QueryMaker), "seed" (default 42), "top"
/// (documents kept and fetched for each query; default 10). prepare() makes the queries from the
/// inputs and learns where the splits' footers lie, as a searcher does from the metastore. Phases:
/// open, query, fetch. The digest is over counts, hits, scores to the bit, and documents. verify()
/// proves counts and hits with NaiveIndex and documents by a pass over the stores.
[[nodiscard]] std::unique_ptr<Workload> make_search(const WorkloadSpec& spec);

[[nodiscard]] WorkloadInfo search_info();

}  // namespace splitscope::workloads
