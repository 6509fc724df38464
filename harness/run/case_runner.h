// The measuring side: one fresh child process for each sample.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/case.h"
#include "harness/run/sample.h"
#include "harness/run/surroundings.h"

namespace splitscope::run {

struct RunnerOptions {
  /// What is started: this very program, with `child_arguments` and then the name of the spec file.
  std::string program = "/proc/self/exe";
  std::vector<std::string> child_arguments{"splitscope", "child", "--spec"};
  /// Below it each sample gets its own folder. Not on tmpfs: outputs would count as memory.
  std::filesystem::path work_parent;
  std::chrono::microseconds sample_interval{1000};
  /// Libraries with strategies, absolute.
  std::vector<std::filesystem::path> plugins;
  /// By workload; one that is not here needs nothing.
  std::map<std::string, Surroundings> surroundings;
};

/// Never throws for what a child does: that is the sample's status and message; only Interrupted,
/// once a signal has asked for an orderly end and the child is gone. Remembers the
/// proven digests, so that a strategy whose output differs from the others' is found out.
/// Single-threaded.
class CaseRunner {
 public:
  explicit CaseRunner(RunnerOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Sample run_sample(const CaseSpec& spec);

  /// A sample that ran in an earlier process: the output of others must be the same.
  void remember(const CaseId& id, Sample sample) { check_digest(id, sample); }

 private:
  void check_digest(const CaseId& id, Sample& sample);

  RunnerOptions options_;
  // Workload and input -> digest and the strategy that made it first.
  std::map<std::string, std::pair<std::string, std::string>> digests_;
};

}  // namespace splitscope::run
