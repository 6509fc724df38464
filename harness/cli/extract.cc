#include <CLI/CLI.hpp>
#include <cerrno>
#include <memory>

#include "base/file_error.h"
#include "formats/segment/meta_json.h"
#include "formats/split/bundle.h"
#include "harness/cli/workflow.h"

namespace splitscope::cli {

namespace {

// Whether another extract made it, of another split perhaps: an index and nothing else.
bool is_index_folder(const std::filesystem::path& folder) {
  constexpr std::size_t kIdDigits = 32;
  bool has_meta = false;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool is_meta = name == formats::kMetaFile;
    const bool is_segment_file = name.size() > kIdDigits && name[kIdDigits] == '.' &&
                                 name.find_first_not_of("0123456789abcdef") == kIdDigits;
    const bool is_known = is_meta || is_segment_file || name == formats::kManagedFile ||
                          name == formats::kSplitFieldsFile ||
                          name == formats::kRecoveryMetadataFile;
    if (!is_known || !std::filesystem::is_regular_file(entry.symlink_status())) return false;
    has_meta = has_meta || is_meta;
  }
  return has_meta;
}

}  // namespace

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
        options->output, files_to_keep(*options),
        *overwrite ? OldFolder::kReplace : OldFolder::kRefuse, is_index_folder);
    run_workflow(program, "extract", *options, &place);
  });
}

}  // namespace splitscope::cli
