// Which strategies there are. A new one is a pair of files and one line in catalog.cc.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/strategy.h"
#include "strategies/interface/strategy_info.h"
#include "strategies/plugins/plugin.h"

namespace splitscope::strategies {

/// The built-in strategies, in the order in which lists and reports show them.
[[nodiscard]] std::vector<StrategyInfo> all_strategies();

/// Makes "name" or "name:option=value,option=value", from the built-in strategies or `plugins`.
/// `counters` must outlive the strategy and everything that it opens.
/// Errors: UsageError that lists what there is.
[[nodiscard]] std::unique_ptr<Strategy> make_strategy(std::string_view spec,
                                                      AccessCounters& counters,
                                                      std::span<const Plugin> plugins = {});

/// Loads a library whose strategy has a name that is still free. Errors: UsageError.
[[nodiscard]] Plugin load_plugin(const std::filesystem::path& library,
                                 std::span<const Plugin> loaded = {});

}  // namespace splitscope::strategies
