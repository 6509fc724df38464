#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/death.h"
#include "base/errors.h"
#include "base/last_words.h"
#include "base/printable.h"
#include "harness/cli/command_words.h"
#include "harness/cli/program.h"
#include "harness/cli/suggest.h"
#include "harness/result/build_info.h"

namespace splitscope::cli {

namespace {

// The longest word that a message quotes.
constexpr std::size_t kLongestWordBytes = 80;

int complain(const std::string& message) {
  last_words({message.c_str()});
  return kUsageError;
}

// A mistyped option is often the reason why a required one is missing.
std::string what_was_wrong(const CLI::App& app, const CLI::ParseError& error) {
  if (const auto word = unexpected_word(app)) return *word;
  const auto parsed = app.get_subcommands();
  return std::string(error.what()) + "; see splitscope " +
         (parsed.empty() ? "" : parsed.front()->get_name() + " ") + "--help";
}

// The words of a command that a verb measures are no business of the parser's.
void parse(CLI::App& app, Program& program, int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  std::size_t own = words.size();
  if (!words.empty() && program.verbs_with_command.contains(words.front())) {
    CommandWords found =
        command_words(*app.get_subcommand(words.front()), {words.begin() + 1, words.end()});
    own = found.own + 1;
    program.command_words = std::move(found.command);
  } else if (!words.empty() && program.verbs_with_command_after_dashes.contains(words.front())) {
    const auto dashes = std::find(words.begin(), words.end(), "--");
    own = static_cast<std::size_t>(dashes - words.begin());
    if (dashes != words.end()) {
      program.command_words.assign(dashes + 1, words.end());
      if (program.command_words.empty()) throw UsageError("no command stands behind --");
    }
  }
  // The parser takes them from the end.
  std::vector<std::string> reversed(words.rend() - static_cast<std::ptrdiff_t>(own), words.rend());
  app.parse(std::move(reversed));
}

}  // namespace

int run_command_line(Program& program, int argc, char** argv) {
  CLI::App app{"What does each way of reaching a split's bytes cost in memory?", "splitscope"};
  app.set_version_flag("--version", result::BuildInfo::version);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  for (const auto add :
       {add_generate, add_list, add_inspect, add_convert, add_extract, add_merge, add_search,
        add_upload, add_run, add_exec, add_floor, add_reports, add_s3_server, add_describe}) {
    add(app, program);
  }
  try {
    // For a word that is no verb parse() only says that a subcommand is required.
    if (argc > 1 && argv[1][0] != '-') (void)app.get_subcommand(std::string(argv[1]));
    parse(app, program, argc, argv);
    return program.exit_code;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(what_was_wrong(app, error));
  } catch (const CLI::OptionNotFound&) {
    const std::string verb = argv[1];
    return complain("there is no command '" + shortened(verb, kLongestWordBytes) + "'" +
                    nearest_verb(app, verb) + "; see splitscope --help");
  } catch (const Interrupted& interrupted) {
    // A closed pipe is no error of anybody's.
    if (interrupted.signal != SIGPIPE) {
      const std::string name = "SIG" + std::string(sigabbrev_np(interrupted.signal));
      last_words({"ended by ", name.c_str(), "; ",
                  program.left_behind.empty() ? "what was unfinished is removed"
                                              : program.left_behind.c_str()});
    }
    return exit_code_of_signal(interrupted.signal);
  } catch (const std::bad_alloc&) {
    // main knows what to do without memory.
    throw;
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}

}  // namespace splitscope::cli
