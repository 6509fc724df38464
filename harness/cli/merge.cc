#include <CLI/CLI.hpp>
#include <memory>

#include "harness/cli/workflow.h"

namespace splitscope::cli {

void add_merge(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
  CLI::App* verb = app.add_subcommand("merge", "Merge splits into one");
  verb->add_option("splits", options->inputs, "Splits to read, one or more")->required();
  verb->add_option("-o,--output", options->output, "Split to write")->required();
  add_workload_options(*verb, run::find_workload(program.catalogs, "merge"), *options);
  add_common_options(*verb, *options);
  add_sync_option(*verb, options->sync);
  verb->callback([options, &program] {
    OutputPlace place = OutputPlace::for_file(options->output, files_to_keep(*options));
    run_workflow(program, "merge", *options, &place);
  });
}

}  // namespace splitscope::cli
