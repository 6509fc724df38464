// streaming: forward-only windows, so that memory does not depend on the size of the files. A scan
// is a pass through one small re-used window; small reads that follow each other share read-ahead
// windows (read_ahead.h), others are a pread into a buffer of their size; output is copied inside
// the kernel where it can be.
#pragma once

#include "strategies/interface/strategy_info.h"

namespace splitscope::strategies {

/// Options window, readahead and drop-behind. expected_peak = for each input, one scan window and
/// four read-ahead windows, each no larger than the file. On top come views that pin a window while
/// its stream moves on, and reads larger than a quarter of `readahead`, each of its own size.
///
/// drop-behind keeps the page cache small as well: it asks for the next window (WILLNEED) and gives
/// back what a scan has passed (DONTNEED). It is off because the next run would start cold: a warm
/// case would not be warm.
[[nodiscard]] StrategyInfo streaming();

}  // namespace splitscope::strategies
