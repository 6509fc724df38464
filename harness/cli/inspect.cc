#include "formats/split/inspect.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <span>

#include "base/doing.h"
#include "formats/listing/canonical_listing.h"
#include "formats/split/check_inputs.h"
#include "formats/split/open_index.h"
#include "harness/cli/program.h"

namespace splitscope::cli {

namespace {

struct InspectOptions {
  std::filesystem::path path;
  std::string strategy = "range-read";
  bool json = false;
  bool files = false;
  bool listing = false;
  bool no_checksums = false;
};

void show(const Program& program, const InspectOptions& options) {
  const Doing doing("reading", options.path.native());
  AccessCounters counters;
  const auto strategy = program.catalogs.make_strategy(options.strategy, counters);
  const std::span inputs(&options.path, 1);
  const InputIdentity identity = formats::identity_of(inputs);
  identity.while_unchanged([&] {
    // Names and sizes can be had of a damaged split too.
    if (!options.no_checksums && !options.files) {
      AccessCounters unread;
      formats::check_inputs(
          *program.catalogs.make_strategy(program.catalogs.reference_strategy, unread), inputs);
    }
    const auto format =
        options.json ? formats::InspectFormat::kJson : formats::InspectFormat::kText;
    if (options.listing) {
      formats::IndexFiles files = formats::open_index(*strategy, options.path);
      formats::write_listing(files, std::cout);
    } else if (options.files) {
      formats::list_files(*strategy, options.path, format, std::cout);
    } else {
      formats::inspect(*strategy, options.path, format, std::cout);
    }
  });
}

}  // namespace

void add_inspect(CLI::App& app, Program& program) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* verb = app.add_subcommand("inspect", "What is in a split or an index folder");
  verb->add_option("path", options->path, "Split or folder")->required();
  verb->add_flag("--files", options->files, "Only names and sizes of the files in it");
  verb->add_flag("--json", options->json, "For programs");
  verb->add_flag("--listing", options->listing,
                 "Every document, term, posting and column value, hashed line by line")
      ->excludes("--files")
      ->excludes("--json");
  verb->add_flag("--no-checksums", options->no_checksums,
                 "Take the files as they are: do not compare their checksums first");
  verb->add_option("--strategy", options->strategy, "How bytes are reached")->capture_default_str();
  verb->callback([options, &program] { show(program, *options); });
}

}  // namespace splitscope::cli
