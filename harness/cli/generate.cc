#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>

#include "base/doing.h"
#include "base/errors.h"
#include "base/file_error.h"
#include "base/output_place.h"
#include "base/size_text.h"
#include "harness/cli/profiles.h"
#include "harness/cli/workflow.h"

namespace splitscope::cli {

namespace {

struct GenerateOptions {
  run::InputSpec input;
  std::string size = "20MB";
  std::filesystem::path folder;
  bool sync = true;
};

void generate(const Program& program, GenerateOptions& options) {
  if (!program.generate) throw UsageError("this build has no generator");
  options.input.size_bytes = parse_size(options.size);
  // Before a place is made for what cannot be.
  (void)profile_file(program.home, options.input.profile);
  const Doing doing("generating", options.folder.native());
  OutputPlace place = OutputPlace::for_folder(options.folder, {}, OldFolder::kRefuse);
  std::filesystem::create_directory(place.path());
  show_output(place, options.folder);
  try {
    program.generate(options.input, place.path());
  } catch (const std::filesystem::filesystem_error& error) {
    throw FileError("reach", error.path1(), error.code().value());
  }
  std::string made;
  for (int i = 0; i < options.input.count; ++i) {
    made += (options.folder / ("split-" + std::to_string(i) + ".split\n")).native();
  }
  // Nothing that can fail follows.
  place.commit(options.sync ? Sync::kYes : Sync::kNo);
  std::fputs(made.c_str(), stdout);
}

}  // namespace

void add_generate(CLI::App& app, Program& program) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = app.add_subcommand("generate", "Make splits and the indexes behind them");
  verb->add_option("--profile", options->input.profile, "What the documents look like")
      ->capture_default_str();
  verb->add_option("--size", options->size, "Of each split, roughly")->capture_default_str();
  verb->add_option("--count", options->input.count, "How many splits")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--seed", options->input.seed, "Same seed, same bytes")->capture_default_str();
  verb->add_option("-o,--output", options->folder, "New folder for them")->required();
  add_sync_option(*verb, options->sync);
  verb->callback([options, &program] { generate(program, *options); });
}

}  // namespace splitscope::cli
