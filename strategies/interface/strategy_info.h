// What the catalog knows about a strategy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/options.h"
#include "strategies/interface/strategy.h"

namespace splitscope {

struct StrategyInfo {
  std::string name;
  /// One line for people.
  std::string summary;
  std::vector<OptionInfo> options;
  /// Takes its options; the caller checks that none is left. `counters` must outlive the strategy
  /// and everything that it opens. Errors: UsageError.
  std::unique_ptr<Strategy> (*make)(Options& options, AccessCounters& counters);
};

}  // namespace splitscope
