// What the catalog, or a plugin, says about a strategy: its entry, from which it is made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/options.h"
#include "strategies/interface/strategy.h"

namespace splitscope {

/// Stands in suites and for --strategy for every strategy, each with its defaults: no strategy may
/// be called so.
inline constexpr const char* kAllStrategies = "all";

/// What is copied into process memory on the way to the workload.
enum class Copies { kNothing, kRanges, kWholeFile };

/// How a strategy reaches bytes: what tests and documents would otherwise know by its name. The
/// contract tests hold it to this.
struct StrategyTraits {
  Copies copies = Copies::kRanges;
  /// Reads through a mapping: no system calls, and SIGBUS where others throw TruncatedFile.
  bool maps_files = false;
  /// What read() returned keeps the mapping.
  bool views_pin_mapping = false;
  /// The option that is the size of a scan's windows; empty where a scan is one window.
  std::string window_option = {};
};

struct StrategyInfo {
  /// Lower-case letters, digits and hyphens.
  std::string name;
  /// One line for people.
  std::string summary;
  std::vector<OptionInfo> options = {};
  StrategyTraits traits = {};
  /// Takes its options; the caller checks that none is left. `counters` must outlive the strategy
  /// and everything that it opens. Errors: UsageError.
  std::unique_ptr<Strategy> (*make)(Options& options, AccessCounters& counters) = nullptr;
};

}  // namespace splitscope
