// What every verb of the command line gets.
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "harness/run/catalogs.h"
#include "harness/run/inputs.h"

namespace splitscope::cli {

// Exit codes: of design and manual, one meaning each.
inline constexpr int kOk = 0;
inline constexpr int kUsageError = 1;
inline constexpr int kCaseFailed = 2;

struct Program {
  run::Catalogs catalogs;
  run::Generator generate;
  /// As the user typed it.
  std::vector<std::string> command_line;
  /// Verbs that end in a command of the user's, and that command.
  std::set<std::string> verbs_with_command;
  /// Verbs that may end in one, which then stands behind "--".
  std::set<std::string> verbs_with_command_after_dashes;
  std::vector<std::string> command_words;
  /// Folder with suites/, profiles/ and the Python program reports/; see base/own_place.h.
  std::filesystem::path home;
  int exit_code = kOk;
  /// What stays after a verb was interrupted, for its last line: "3 of 12 samples are in ...".
  std::string left_behind;
};

/// Parses the command line, runs the verb and returns the exit code. Errors become one line on
/// stderr.
int run_command_line(Program& program, int argc, char** argv);

// Each adds its verb to `app`; options live as long as the app.
void add_generate(CLI::App& app, Program& program);
void add_list(CLI::App& app, Program& program);
void add_inspect(CLI::App& app, Program& program);
void add_convert(CLI::App& app, Program& program);
void add_extract(CLI::App& app, Program& program);
void add_merge(CLI::App& app, Program& program);
void add_search(CLI::App& app, Program& program);
void add_upload(CLI::App& app, Program& program);
void add_run(CLI::App& app, Program& program);
void add_exec(CLI::App& app, Program& program);
void add_floor(CLI::App& app, Program& program);
void add_reports(CLI::App& app, Program& program);
void add_s3_server(CLI::App& app, Program& program);
void add_describe(CLI::App& app, Program& program);

}  // namespace splitscope::cli
