#include <CLI/CLI.hpp>
#include <memory>

#include "harness/cli/workflow.h"

namespace splitscope::cli {

void add_convert(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
  CLI::App* verb = app.add_subcommand("convert", "Make a split of a tantivy index folder");
  verb->add_option("index", options->inputs, "Folder with the index")->required()->expected(1);
  verb->add_option("-o,--output", options->output, "Split to write")->required();
  add_common_options(*verb, *options);
  verb->callback([options, &program] { run_workflow(program, "convert", *options); });
}

}  // namespace splitscope::cli
