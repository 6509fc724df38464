#include <CLI/CLI.hpp>
#include <memory>

#include "harness/cli/workflow.h"

namespace splitscope::cli {

void add_merge(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
  CLI::App* verb = app.add_subcommand("merge", "Merge splits into one");
  verb->add_option("splits", options->inputs, "Splits to read, one or more")->required();
  verb->add_option("-o,--output", options->output, "Split to write")->required();
  verb->add_option_function<std::string>(
      "--dictionaries",
      [options](const std::string& value) { options->workload_options["dictionaries"] = value; },
      "Blocks of dictionaries: stored, or zstd as tantivy compresses them");
  verb->add_flag_callback(
      "--drop-unknown", [options] { options->workload_options["drop_unknown"] = "true"; },
      "Leave files out that are no part of an index; else all inputs must agree on them");
  add_common_options(*verb, *options);
  add_sync_option(*verb, options->sync);
  verb->callback([options, &program] {
    OutputPlace place = OutputPlace::for_file(options->output, files_to_keep(*options));
    run_workflow(program, "merge", *options, &place);
  });
}

}  // namespace splitscope::cli
