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
#include "workloads/workload.h"

namespace splitscope::run {

/// What a workload takes from a generated data set.
enum class InputKind { kNone, kIndex, kSplit, kSplits };

struct WorkloadEntry {
  std::string name;
  std::string about;
  InputKind input = InputKind::kNone;
  /// Talks to an S3 server that the harness starts for it.
  bool needs_s3 = false;
  std::function<std::unique_ptr<workloads::Workload>(const workloads::WorkloadSpec&)> make;
};

struct StrategyEntry {
  std::string name;
  std::string about;
};

struct Catalogs {
  std::vector<StrategyEntry> strategies;
  std::vector<WorkloadEntry> workloads;
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
[[nodiscard]] const WorkloadEntry& find_workload(const Catalogs& catalogs, const std::string& name);

}  // namespace splitscope::run
