#include <CLI/CLI.hpp>
#include <memory>

#include "harness/cli/workflow.h"
#include "workloads/convert/convert.h"

namespace splitscope::cli {

void add_convert(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
  CLI::App* verb = app.add_subcommand("convert", "Make a split of a tantivy index folder");
  verb->add_option("index", options->inputs, "Folder with the index")->required()->expected(1);
  verb->add_option("-o,--output", options->output, "Split to write")->required();
  add_common_options(*verb, *options);
  add_sync_option(*verb, options->sync);
  verb->callback([options, &program] {
    check_place_of_split(options->output, options->inputs.front());
    OutputPlace place = OutputPlace::for_file(options->output, options->inputs);
    run_workflow(program, "convert", *options, &place);
  });
}

}  // namespace splitscope::cli
