// full-copy: what `OwnedBytes::new(mmap.to_vec())` does in tantivy: maps the file and copies all of
// it to the heap, and keeps both. Reads and scans are views of the copy. Output gathers on the heap
// and is written at the end.
#pragma once

#include "strategies/interface/strategy_info.h"

namespace splitscope::strategies {

/// No options. expected_peak = 2 x the sum of the inputs: the mapping and its copy.
[[nodiscard]] StrategyInfo full_copy();

}  // namespace splitscope::strategies
