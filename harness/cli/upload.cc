#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "base/death.h"
#include "base/doing.h"
#include "harness/cli/workflow.h"

namespace splitscope::cli {

namespace {

// An option of the workload by the same name; left out, the workload has its own default.
void pass_on(CLI::App& verb, const std::shared_ptr<WorkflowOptions>& options,
             const std::string& flag, const std::string& key, const std::string& about) {
  verb.add_option_function<std::string>(
      flag, [options, key](const std::string& value) { options->workload_options[key] = value; },
      about);
}

// Where records of open uploads are kept, by the XDG convention; empty when there is no home. A
// relative $XDG_STATE_HOME is to be ignored, says the same convention.
std::filesystem::path records_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') {
    return std::filesystem::path(state) / "splitscope" / "uploads";
  }
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') return {};
  return std::filesystem::path(home) / ".local" / "state" / "splitscope" / "uploads";
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
  pass_on(*verb, options, "--endpoint", "endpoint", "Such as http://127.0.0.1:9000");
  pass_on(*verb, options, "--bucket", "bucket", "Bucket, made if need be");
  pass_on(*verb, options, "--prefix", "prefix", "Put before the file name");
  pass_on(*verb, options, "--region", "region", "Region that requests are signed for");
  pass_on(*verb, options, "--mode", "mode",
          "auto, single, read-all, multipart-buffered or multipart-streamed");
  pass_on(*verb, options, "--part-size", "part_size", "Such as 16MiB");
  pass_on(*verb, options, "--concurrency", "concurrency", "Parts in flight");
  pass_on(*verb, options, "--payload", "payload", "signed or unsigned");
  verb->add_flag("--abort-stale", *aborts_stale,
                 "First abort the multipart uploads of the same keys that are open on the server");
  add_common_options(*verb, *options);
  verb->footer("The keys are taken from SPLITSCOPE_S3_ACCESS_KEY and SPLITSCOPE_S3_SECRET_KEY.");
  verb->callback([options, aborts_stale, &program] { upload(program, *options, *aborts_stale); });
}

}  // namespace splitscope::cli
