// What can be run: the catalogs as main.cc hands them down, so that the harness names no strategy
// and no workload itself.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/strategy.h"
#include "strategies/interface/strategy_info.h"
#include "workloads/workload_info.h"

namespace splitscope::run {

struct Catalogs {
  std::vector<StrategyInfo> strategies;
  std::vector<workloads::WorkloadInfo> workloads;
  /// Makes "name" or "name:option=value,...". Errors: UsageError.
  std::function<std::unique_ptr<Strategy>(const std::string& spec, AccessCounters& counters)>
      make_strategy;
  /// What prepare() and verify() read with.
  std::string reference_strategy;
  /// Loads a strategy from outside into the catalog; returns its name. Errors: UsageError.
  std::function<std::string(const std::filesystem::path& library)> load_plugin;
  /// Called in the child before anything else: turns SIGBUS of a mapping into an error.
  std::function<void()> install_fault_handler;
};

/// Errors: UsageError that lists the names there are.
[[nodiscard]] const workloads::WorkloadInfo& find_workload(const Catalogs& catalogs,
                                                           const std::string& name);

}  // namespace splitscope::run
