#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/death.h"
#include "base/errors.h"
#include "harness/cli/program.h"
#include "harness/cli/write_run.h"
#include "harness/result/console_progress.h"
#include "harness/result/table.h"
#include "harness/run/command_runner.h"
#include "harness/run/guard.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

struct Options {
  std::vector<std::string> command;
  int repetitions = 1;
  double timeout_s = 600;
  fs::path out;
  std::string name;
};

std::string left_behind_text(std::size_t count) {
  return count == 1
             ? "1 process that outlived the command was ended with it"
             : std::to_string(count) + " processes that outlived the command were ended with it";
}

// Returns the signal that asked for the end before all samples were taken, 0 when none did.
int take_samples(const run::CommandOptions& measured, int count,
                 std::vector<run::Sample>& samples) {
  std::size_t left_behind = 0;
  int signal = 0;
  try {
    for (int i = 0; i < count; ++i) {
      auto taken = run::measure_command(measured);
      left_behind += taken.left_behind;
      samples.push_back(std::move(taken.sample));
    }
  } catch (const Interrupted& interrupted) {
    signal = interrupted.signal;
  }
  if (left_behind != 0) {
    std::fprintf(stderr, "splitscope: %s\n", left_behind_text(left_behind).c_str());
  }
  return signal;
}

void exec(Program& program, const Options& options) {
  run::go_on_under_guard();
  const OrderlyEnd orderly;
  run::CommandOptions measured;
  measured.command = options.command;
  measured.timeout = std::chrono::milliseconds(std::llround(options.timeout_s * 1000));
  run::CaseResult result;
  result.spec.id = {.workload = "exec",
                    .strategy = options.name.empty()
                                    ? fs::path(options.command.front()).filename().string()
                                    : options.name,
                    .input = "none",
                    .allocator = "system",
                    .concurrency = 1,
                    .cache = run::CacheState::kWarm};
  result.spec.repetitions = options.repetitions;
  const int signal = take_samples(measured, options.repetitions, result.samples);
  if (signal != 0 && result.samples.empty()) throw Interrupted{signal};
  // The command's own output goes to stdout; ours must not mix with it.
  std::fprintf(
      stderr, "%s",
      result::render_text(result::comparison({result}), result::may_color(stderr)).c_str());
  if (!options.out.empty()) {
    result::ContextOptions context;
    context.command_line = program.command_line;
    context.work_folder = fs::current_path();
    context.sample_interval = measured.sample_interval;
    write_run(context, options.out, {result});
  }
  if (signal != 0) throw Interrupted{signal};
  if (!result.ok()) program.exit_code = kCaseFailed;
}

}  // namespace

void add_exec(CLI::App& app, Program& program) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("exec", "Measure any command: exec -- command arguments");
  verb->add_option("--repetitions", options->repetitions, "How often it is run")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--timeout", options->timeout_s, "Seconds that it may take")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--name", options->name, "What it is called in the result");
  verb->add_option("--out", options->out, "Folder for results.json and summary.md");
  verb->add_option("command", options->command, "The command and its arguments")->required();
  verb->callback([options, &program] { exec(program, *options); });
}

}  // namespace splitscope::cli
