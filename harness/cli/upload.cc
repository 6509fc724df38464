#include <CLI/CLI.hpp>
#include <memory>

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

}  // namespace

void add_upload(CLI::App& app, Program& program) {
  auto options = std::make_shared<WorkflowOptions>();
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
  add_common_options(*verb, *options);
  verb->footer("The keys are taken from SPLITSCOPE_S3_ACCESS_KEY and SPLITSCOPE_S3_SECRET_KEY.");
  verb->callback([options, &program] { run_workflow(program, "upload", *options, nullptr); });
}

}  // namespace splitscope::cli
