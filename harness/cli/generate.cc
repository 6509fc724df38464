#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "harness/cli/program.h"
#include "base/errors.h"
#include "base/size_text.h"

namespace splitscope::cli {

namespace {

struct Options {
  run::InputSpec input;
  std::string size = "20MB";
  std::filesystem::path folder;
};

void generate(const Program& program, Options& options) {
  if (!program.generate) throw UsageError("this build has no generator");
  options.input.size_bytes = parse_size(options.size);
  std::filesystem::create_directories(options.folder);
  if (!std::filesystem::is_empty(options.folder)) {
    throw UsageError(options.folder.string() + ": the folder is not empty");
  }
  program.generate(options.input, options.folder);
  for (int i = 0; i < options.input.count; ++i) {
    const auto split = options.folder / ("split-" + std::to_string(i) + ".split");
    std::printf("%s\n", split.c_str());
  }
}

}  // namespace

void add_generate(CLI::App& app, Program& program) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("generate", "Make splits and the indexes behind them");
  verb->add_option("--profile", options->input.profile, "What the documents look like")
      ->capture_default_str();
  verb->add_option("--size", options->size, "Of each split, roughly")->capture_default_str();
  verb->add_option("--count", options->input.count, "How many splits")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--seed", options->input.seed, "Same seed, same bytes")->capture_default_str();
  verb->add_option("-o,--output", options->folder, "New folder for them")->required();
  verb->callback([options, &program] { generate(program, *options); });
}

}  // namespace splitscope::cli
