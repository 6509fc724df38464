#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "harness/cli/program.h"
#include "harness/result/build_info.h"
#include "harness/run/process.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

// By the shell's convention: 128 and the number of SIGINT.
constexpr int kInterruptedExit = 130;

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

int complain(const std::string& message) {
  std::fprintf(stderr, "splitscope: %s\n", one_line(message).c_str());
  return kUsageError;
}

}  // namespace

fs::path find_home() {
  if (const char* set = std::getenv("SPLITSCOPE_HOME"); set != nullptr && *set != '\0') return set;
  fs::path built = SPLITSCOPE_SOURCE_DIR;
  std::error_code error;
  if (fs::is_directory(built / "suites", error)) return built;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "splitscope";
}

int run_command_line(Program& program, int argc, char** argv) {
  CLI::App app{"What does each way of reaching a split's bytes cost in memory?", "splitscope"};
  app.set_version_flag("--version", result::BuildInfo::version);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  for (const auto add :
       {add_generate, add_list, add_inspect, add_convert, add_extract, add_merge, add_search,
        add_upload, add_run, add_exec, add_floor, add_reports, add_s3_server}) {
    add(app, program);
  }
  try {
    // Of a word that is no verb parse() only says that a subcommand is required.
    if (argc > 1 && argv[1][0] != '-') (void)app.get_subcommand(std::string(argv[1]));
    app.parse(argc, argv);
    return program.exit_code;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(std::string(error.what()) + "; see splitscope --help");
  } catch (const CLI::OptionNotFound&) {
    return complain("there is no command '" + std::string(argv[1]) + "'; see splitscope --help");
  } catch (const run::Interrupted&) {
    std::fprintf(stderr, "splitscope: interrupted\n");
    return kInterruptedExit;
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}

}  // namespace splitscope::cli
