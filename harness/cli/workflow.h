// What the verbs convert, extract, merge and upload have in common: one workload, unmeasured, on
// the user's files.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/output_place.h"
#include "harness/cli/program.h"

namespace splitscope::cli {

struct WorkflowOptions {
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path output;
  std::string strategy = "streaming";
  std::vector<std::filesystem::path> plugins;
  bool verify = false;
  bool sync = true;
  bool no_checksums = false;
  std::map<std::string, std::string> workload_options;
};

/// Adds --strategy, --plugin, --verify and --no-checksums.
void add_common_options(CLI::App& verb, WorkflowOptions& options);

/// Adds each option that the workload's user may give, with hyphens: "part_size" as --part-size.
void add_workload_options(CLI::App& verb, const workloads::WorkloadInfo& workload,
                          WorkflowOptions& options);

/// What must not be written over: inputs and plugins.
[[nodiscard]] std::vector<std::filesystem::path> files_to_keep(const WorkflowOptions& options);

/// Adds --no-sync.
void add_sync_option(CLI::App& verb, bool& sync);

/// From now on messages call the output by the name that was given, not by where it is in the
/// making (base/shown_name.h).
void show_output(const OutputPlace& place, const std::filesystem::path& output);

/// Prepares and runs, verifies when asked to, gives the output its name, and prints one line.
/// `place` is where the output goes; null for a workload that has none. Errors: those of the
/// workload.
void run_workflow(const Program& program, const std::string& workload,
                  const WorkflowOptions& options, OutputPlace* place);

}  // namespace splitscope::cli
