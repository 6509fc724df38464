#include <algorithm>
#include <set>

#include "harness/run/allocators.h"
#include "harness/run/suite.h"
#include "base/errors.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

bool selected(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

std::string label_of(const std::vector<fs::path>& files) {
  if (files.size() != 1) return std::to_string(files.size()) + "-files";
  fs::path path = files.front();
  if (path.filename().empty()) path = path.parent_path();
  return path.filename().string();
}

// What one block names, narrowed by the selection.
struct Axes {
  std::vector<std::string> strategies;
  std::vector<std::string> allocators;
  std::vector<CacheState> cache;
  std::vector<std::optional<InputSpec>> inputs;
};

Axes axes_of(const SuiteBlock& block, const Selection& selection, const WorkloadEntry& workload,
             const Catalogs& catalogs) {
  Axes axes;
  auto strategies = selection.strategies.empty() ? block.strategies : selection.strategies;
  strategies.insert(strategies.end(), selection.more_strategies.begin(),
                    selection.more_strategies.end());
  for (const std::string& strategy : strategies) {
    // The canonical name, so that two spellings are one case.
    AccessCounters unused;
    axes.strategies.push_back(catalogs.make_strategy(strategy, unused)->name());
  }
  axes.allocators = selection.allocators.empty() ? block.allocators : selection.allocators;
  for (const std::string& allocator : axes.allocators) check_allocator(allocator);
  axes.cache = selection.cache ? std::vector{*selection.cache} : block.cache;
  if (workload.input == InputKind::kNone || !selection.files.empty()) {
    axes.inputs.emplace_back();
  } else {
    axes.inputs.assign(block.inputs.begin(), block.inputs.end());
  }
  if (axes.inputs.empty()) {
    throw UsageError("workload '" + workload.name + "' needs an input; add one to the suite");
  }
  return axes;
}

PlannedCase plan_case(const SuiteBlock& block, const Selection& selection,
                      const WorkloadEntry& workload, const std::optional<InputSpec>& input) {
  PlannedCase planned;
  planned.kind = workload.input;
  planned.input = input;
  CaseSpec& spec = planned.spec;
  spec.workload = workload.name;
  spec.options = block.options;
  spec.id.workload = label_with_options(workload.name, block.options);
  spec.id.input = "none";
  if (input) {
    spec.id.input = input->label();
  } else if (workload.input != InputKind::kNone) {
    spec.inputs = selection.files;
    spec.id.input = label_of(selection.files);
  }
  spec.repetitions = selection.repetitions.value_or(block.repetitions);
  spec.timeout = selection.timeout.value_or(block.timeout);
  return planned;
}

}  // namespace

std::vector<PlannedCase> plan(const Suite& suite, const Selection& selection,
                              const Catalogs& catalogs) {
  for (const std::string& name : selection.workloads) (void)find_workload(catalogs, name);
  std::vector<PlannedCase> cases;
  std::set<std::string> seen;
  for (const SuiteBlock& block : suite.blocks) {
    if (!selected(selection.workloads, block.workload)) continue;
    const WorkloadEntry& workload = find_workload(catalogs, block.workload);
    const Axes axes = axes_of(block, selection, workload, catalogs);
    for (const auto& input : axes.inputs) {
      for (const std::string& allocator : axes.allocators) {
        for (const int concurrency : block.concurrency) {
          for (const CacheState cache : axes.cache) {
            for (const std::string& strategy : axes.strategies) {
              PlannedCase planned = plan_case(block, selection, workload, input);
              planned.spec.id.strategy = strategy;
              planned.spec.id.allocator = allocator;
              planned.spec.id.concurrency = concurrency;
              planned.spec.id.cache = cache;
              if (seen.insert(planned.spec.id.text()).second) cases.push_back(std::move(planned));
            }
          }
        }
      }
    }
  }
  if (cases.empty()) throw UsageError("nothing of suite '" + suite.name + "' is selected");
  return cases;
}

}  // namespace splitscope::run
