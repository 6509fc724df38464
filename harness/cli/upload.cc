#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "base/death.h"
#include "base/doing.h"
#include "base/environment.h"
#include "harness/cli/workflow.h"

namespace splitscope::cli {

namespace {

// Where records of open uploads are kept, by the XDG convention; empty when there is no home. A
// relative $XDG_STATE_HOME is to be ignored, says the same convention.
std::filesystem::path records_folder() {
  const auto state = environment::value_of(environment::kStateHome);
  if (state && state->starts_with('/')) {
    return std::filesystem::path(*state) / "splitscope" / "uploads";
  }
  const auto home = environment::value_of(environment::kUserHome);
  if (!home || !home->starts_with('/')) return {};
  return std::filesystem::path(*home) / ".local" / "state" / "splitscope" / "uploads";
}

void upload(const Program& program, WorkflowOptions& options, bool aborts_stale) {
  // The first signal ends the waits; an upload that is open is aborted before the program leaves.
  const OrderlyEnd orderly;
  const Doing doing("uploading", options.inputs.empty() ? "" : options.inputs.front().native());
  options.workload_options["records"] = records_folder().native();
  options.workload_options["open_uploads"] = aborts_stale ? "abort" : "mention";
  run_workflow(program, "upload", options, nullptr);
  throw_if_dying();
}

}  // namespace

void add_upload(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
  auto aborts_stale = std::make_shared<bool>(false);
  CLI::App* verb = app.add_subcommand("upload", "Send splits to S3");
  verb->add_option("splits", options->inputs, "Splits to read")->required();
  add_workload_options(*verb, run::find_workload(program.catalogs, "upload"), *options);
  verb->add_flag("--abort-stale", *aborts_stale,
                 "First abort the multipart uploads of the same keys that are open on the server");
  add_common_options(*verb, *options);
  verb->footer("The keys are taken from SPLITSCOPE_S3_ACCESS_KEY and SPLITSCOPE_S3_SECRET_KEY.");
  verb->callback([options, aborts_stale, &program] { upload(program, *options, *aborts_stale); });
}

}  // namespace splitscope::cli
