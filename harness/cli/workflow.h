// What the verbs convert, extract, merge and upload have in common: one workload, unmeasured, on
// the user's files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/cli/program.h"

namespace splitscope::cli {

struct WorkflowOptions {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::string strategy = "streaming";
  std::vector<std::filesystem::path> plugins;
  bool verify = false;
  std::map<std::string, std::string> workload_options;
};

/// Adds --strategy, --plugin and --verify.
void add_common_options(CLI::App& verb, WorkflowOptions& options);

/// Prepares and runs, verifies when asked to, and prints one line. Errors: those of the workload.
void run_workflow(const Program& program, const std::string& workload,
                  const WorkflowOptions& options);

}  // namespace splitscope::cli
