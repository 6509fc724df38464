// lazy-mmap: maps the file and copies to the heap only what is asked for, as a tantivy FileHandle
// over a mapping does. One allocation for each read; a scan is one copy of its range or, with
// `window`, a pass through one re-used buffer.
#pragma once

#include "strategies/interface/strategy_info.h"

namespace splitscope::strategies {

/// Option window. expected_peak = the sum of the inputs (all pages touched) + the copies in hand:
/// one whole file, the largest; with `window` one window for each input.
[[nodiscard]] StrategyInfo lazy_mmap();

}  // namespace splitscope::strategies
