// range-read: opens the file and reads each range with pread into a fresh buffer, as Quickwit's
// split cache serves get_range. A scan is one read of its whole range.
#pragma once

#include "strategies/interface/strategy_info.h"

namespace splitscope::strategies {

/// No options. expected_peak = the largest input: one range in hand, at worst a whole file.
[[nodiscard]] StrategyInfo range_read();

}  // namespace splitscope::strategies
