#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "base/death.h"
#include "base/doing.h"
#include "base/environment.h"
#include "base/errors.h"
#include "base/size_text.h"
#include "harness/cli/program.h"
#include "s3/server/server.h"

namespace splitscope::cli {

namespace {

struct ServerOptions {
  std::uint16_t port = 0;
  bool digest_only = false;
  std::filesystem::path folder;
  std::string minimum_part = "5MiB";
  std::vector<std::string> faults;
  bool ends_with_parent = false;
};

std::string required(const char* variable) {
  const auto value = environment::value_of(variable);
  if (!value) {
    throw UsageError(std::string(variable) + " is not set; the server takes its credentials from " +
                     environment::kS3AccessKey + " and " + environment::kS3SecretKey);
  }
  return *value;
}

int serve(const ServerOptions& options) {
  if (options.digest_only != options.folder.empty()) {
    throw UsageError("give either --folder DIR or --digest-only");
  }
  S3ServerOptions server;
  server.port = options.port;
  server.credentials = {required(environment::kS3AccessKey), required(environment::kS3SecretKey)};
  if (!options.folder.empty()) server.folder = options.folder;
  server.minimum_part_bytes = parse_size(options.minimum_part);
  for (const std::string& fault : options.faults) server.faults.push_back(parse_s3_fault(fault));
  server.ends_with_parent = options.ends_with_parent;
  const Doing doing("serving S3");
  const int exit_code = run_s3_server(server);
  // Whoever started it for a run has its own word for the end of it.
  if (!options.ends_with_parent) throw Interrupted{exit_code - exit_code_of_signal(0)};
  return exit_code;
}

}  // namespace

void add_s3_server(CLI::App& app, Program& program) {
  auto options = std::make_shared<ServerOptions>();
  CLI::App* verb = app.add_subcommand("s3-server", "A loopback S3 server for tests of uploads");
  verb->add_option("--port", options->port, "0 is any free one")->capture_default_str();
  verb->add_option("--folder", options->folder,
                   "Keep objects below this folder: new, empty or an earlier server's");
  verb->add_flag("--digest-only", options->digest_only, "Keep lengths and digests only");
  verb->add_option("--minimum-part", options->minimum_part, "Smallest part but the last")
      ->capture_default_str();
  verb->add_option("--fault", options->faults, "Fail on purpose: UploadPart:2:503; may be repeated")
      ->allow_extra_args(false);
  // For a server that was started for a run: it must not outlive it. In no help.
  verb->add_flag("--end-with-parent", options->ends_with_parent)->group("");
  verb->callback([options, &program] { program.exit_code = serve(*options); });
}

}  // namespace splitscope::cli
