#include <algorithm>
#include <map>

#include "base/errors.h"
#include "harness/run/allocators.h"
#include "harness/run/suite.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

bool selected(const std::vector<std::string>& wanted, const std::string& name) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

// What one block names, narrowed by the selection.
struct Axes {
  std::vector<std::string> strategies;
  std::vector<std::string> allocators;
  std::vector<CacheState> cache;
  std::vector<std::optional<std::uint64_t>> memory_caps;
  std::vector<std::optional<InputSpec>> inputs;
};

// With "all" replaced by the name of every strategy in the catalog.
std::vector<std::string> expanded(const std::vector<std::string>& strategies,
                                  const Catalogs& catalogs) {
  std::vector<std::string> names;
  for (const std::string& strategy : strategies) {
    if (strategy != kAllStrategies) {
      names.push_back(strategy);
      continue;
    }
    for (const auto& entry : catalogs.strategies) names.push_back(entry.name);
  }
  return names;
}

Axes axes_of(const SuiteBlock& block, const Selection& selection,
             const workloads::WorkloadInfo& workload, const Catalogs& catalogs) {
  Axes axes;
  auto strategies = selection.strategies.empty() ? block.strategies : selection.strategies;
  strategies.insert(strategies.end(), selection.more_strategies.begin(),
                    selection.more_strategies.end());
  for (const std::string& strategy : expanded(strategies, catalogs)) {
    // The canonical name, so that two spellings are one case.
    AccessCounters unused;
    axes.strategies.push_back(catalogs.make_strategy(strategy, unused)->name());
  }
  axes.allocators = selection.allocators.empty() ? block.allocators : selection.allocators;
  for (const std::string& allocator : axes.allocators) check_allocator(allocator);
  axes.cache = selection.cache ? std::vector{*selection.cache} : block.cache;
  axes.memory_caps = selection.memory_caps.empty() ? block.memory_caps : selection.memory_caps;
  if (workload.input == workloads::WorkloadInput::kNone || !selection.files.empty()) {
    axes.inputs.emplace_back();
  } else {
    axes.inputs.assign(block.inputs.begin(), block.inputs.end());
  }
  if (axes.inputs.empty()) {
    throw UsageError("workload '" + workload.name + "' needs an input; add one to the suite");
  }
  return axes;
}

// In one run equal ids are one case, which cannot be measured in two ways.
void check_same(const CaseSpec& known, const CaseSpec& again, const std::string& where) {
  if (known.repetitions == again.repetitions && known.timeout == again.timeout) return;
  throw UsageError(where + ": case " + again.id.text() +
                   " stands in the suite twice, with different repetitions or time limits");
}

CaseSpec plan_case(const SuiteBlock& block, const Selection& selection,
                   const workloads::WorkloadInfo& workload, const std::optional<InputSpec>& input) {
  CaseSpec spec;
  spec.generated = input;
  spec.workload = workload.name;
  spec.options = block.options;
  spec.id.workload = label_with_options(workload.name, block.options);
  spec.id.input = "none";
  if (input) {
    spec.id.input = input->label();
  } else if (workload.input != workloads::WorkloadInput::kNone) {
    spec.inputs = selection.files;
    spec.id.input = label_of_files(selection.files);
  }
  spec.repetitions = selection.repetitions.value_or(block.repetitions);
  spec.timeout = selection.timeout.value_or(block.timeout);
  return spec;
}

// What was asked for on the command line is no mistake of the suite's.
void check_selection(const Selection& selection, const Catalogs& catalogs) {
  const auto named = [](const char* option, auto check) {
    try {
      check();
    } catch (const UsageError& error) {
      throw UsageError(std::string(option) + ": " + error.what());
    }
  };
  for (const std::string& name : selection.workloads) {
    named("--workload", [&] { (void)find_workload(catalogs, name); });
  }
  for (const std::string& spec : expanded(selection.strategies, catalogs)) {
    AccessCounters unused;
    named("--strategy", [&] { (void)catalogs.make_strategy(spec, unused); });
  }
  for (const std::string& name : selection.allocators) {
    named("--allocator", [&] { check_allocator(name); });
  }
}

// What is wrong with a block is said with its place in the file.
template <typename Make>
auto at_place(const SuiteBlock& block, Make make) {
  try {
    return make();
  } catch (const UsageError& error) {
    throw UsageError(block.where + ": " + error.what());
  }
}

}  // namespace

std::string label_of_files(const std::vector<fs::path>& files) {
  if (files.size() != 1) return std::to_string(files.size()) + "-files";
  fs::path path = files.front();
  if (path.filename().empty()) path = path.parent_path();
  return input_label(path.filename().native());
}

std::vector<CaseSpec> plan(const Suite& suite, const Selection& selection,
                           const Catalogs& catalogs) {
  check_selection(selection, catalogs);
  std::vector<CaseSpec> cases;
  std::map<std::string, std::size_t> seen;
  for (const SuiteBlock& block : suite.blocks) {
    if (!selected(selection.workloads, block.workload)) continue;
    const auto [workload, axes] = at_place(block, [&] {
      const workloads::WorkloadInfo& entry = find_workload(catalogs, block.workload);
      workloads::check_options(entry, block.options);
      return std::pair<const workloads::WorkloadInfo&, Axes>(
          entry, axes_of(block, selection, entry, catalogs));
    });
    const auto add = [&](CaseSpec planned) {
      const auto [known, is_new] = seen.emplace(planned.id.text(), cases.size());
      if (is_new) {
        cases.push_back(std::move(planned));
      } else {
        check_same(cases[known->second], planned, block.where);
      }
    };
    for (const auto& input : axes.inputs) {
      for (const std::string& allocator : axes.allocators) {
        for (const int concurrency : block.concurrency) {
          for (const CacheState cache : axes.cache) {
            for (const auto& memory_cap : axes.memory_caps) {
              for (const std::string& strategy : axes.strategies) {
                CaseSpec planned = plan_case(block, selection, workload, input);
                planned.id.strategy = strategy;
                planned.id.allocator = allocator;
                planned.id.concurrency = concurrency;
                planned.id.cache = cache;
                planned.id.memory_cap_bytes = memory_cap;
                add(std::move(planned));
              }
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
