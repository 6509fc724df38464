#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <system_error>

#include "formats/segment/meta_json.h"
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
    workloads::check_place_of_split(options->output, options->inputs.front());
    const std::filesystem::path& index = options->inputs.front();
    // What is no index at all is for the workload to say.
    std::error_code none;
    if (std::filesystem::is_regular_file(index / formats::kMetaFile, none)) {
      AccessCounters counters;
      workloads::refuse_what_quickwit_cannot_open(
          *program.catalogs.make_strategy(program.catalogs.reference_strategy, counters), index);
    }
    OutputPlace place = OutputPlace::for_file(options->output, files_to_keep(*options));
    run_workflow(program, "convert", *options, &place);
  });
}

}  // namespace splitscope::cli
