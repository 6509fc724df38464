// mmap-view: maps the file and hands out views of the mapping. Nothing is copied and nothing is
// allocated for a read; what is resident are the pages that were touched.
#pragma once

#include "strategies/interface/strategy_info.h"

namespace splitscope::strategies {

/// Option advice. expected_peak = the sum of the inputs: all pages touched.
[[nodiscard]] StrategyInfo mmap_view();

}  // namespace splitscope::strategies
