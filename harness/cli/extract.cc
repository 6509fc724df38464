#include <CLI/CLI.hpp>
#include <cerrno>
#include <memory>

#include "base/file_error.h"
#include "harness/cli/workflow.h"

namespace splitscope::cli {

void add_extract(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
  auto overwrite = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("extract", "Take a split apart into an index folder");
  verb->add_option("split", options->inputs, "Split to read")->required()->expected(1);
  verb->add_option("-o,--output", options->output, "Folder to make")->required();
  verb->add_flag("--overwrite", *overwrite, "Replace a folder that is not empty");
  add_common_options(*verb, *options);
  add_sync_option(*verb, options->sync);
  verb->callback([options, overwrite, &program] {
    const auto parent = options->output.parent_path();
    if (!parent.empty() && !std::filesystem::is_directory(parent) &&
        options->output.has_filename()) {
      throw FileError("make a folder in", parent, ENOENT);
    }
    OutputPlace place = OutputPlace::for_folder(
        options->output, options->inputs, *overwrite ? OldFolder::kReplace : OldFolder::kRefuse);
    run_workflow(program, "extract", *options, &place);
  });
}

}  // namespace splitscope::cli
