#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
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

struct ExecOptions {
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

// Each is handed on as soon as it is taken; processes that outlived the command are counted.
void take_samples(const run::CommandOptions& measured, run::CaseResult& result,
                  const std::function<void()>& taken_one) {
  std::size_t left_behind = 0;
  const auto say = [&] {
    if (left_behind == 0) return;
    std::fprintf(stderr, "splitscope: %s\n", left_behind_text(left_behind).c_str());
  };
  try {
    for (int i = 0; i < result.spec.repetitions; ++i) {
      throw_if_dying();
      auto taken = run::measure_command(measured);
      left_behind += taken.left_behind;
      result.samples.push_back(std::move(taken.sample));
      taken_one();
    }
  } catch (const Interrupted&) {
    say();
    throw;
  }
  say();
}

void show_result(const run::CaseResult& result) {
  // The command's own output goes to stdout; ours must not mix with it.
  std::fprintf(
      stderr, "%s",
      result::render_text(result::comparison({result}), result::may_color(stderr)).c_str());
}

void exec(Program& program, const ExecOptions& options) {
  run::go_on_under_guard();
  const OrderlyEnd orderly;
  std::optional<RunOutput> output;
  if (!options.out.empty()) {
    output.emplace(options.out, std::vector<fs::path>(),
                   static_cast<std::size_t>(options.repetitions));
  }
  run::CommandOptions measured;
  measured.command = options.command;
  measured.timeout = std::chrono::milliseconds(std::llround(options.timeout_s * 1000));
  run::CaseResult result;
  result.spec.id = {.workload = "exec",
                    .strategy = run::input_label(
                        options.name.empty() ? fs::path(options.command.front()).filename().native()
                                             : options.name),
                    .input = "none",
                    .allocator = "system",
                    .concurrency = 1,
                    .cache = run::CacheState::kWarm};
  result.spec.repetitions = options.repetitions;
  if (output) {
    result::ContextOptions context;
    context.command_line = program.command_line;
    context.work_folder = fs::current_path();
    context.sample_interval = measured.sample_interval;
    output->describe(context, {result});
  }
  try {
    take_samples(measured, result, [&] {
      if (output) output->write({result});
    });
  } catch (const Interrupted&) {
    if (!result.samples.empty()) show_result(result);
    if (output) program.left_behind = output->interrupted({result});
    throw;
  }
  show_result(result);
  if (output) output->finish({result});
  if (!result.ok()) program.exit_code = kCaseFailed;
}

}  // namespace

void add_exec(CLI::App& app, Program& program) {
  auto options = std::make_shared<ExecOptions>();
  CLI::App* verb = app.add_subcommand("exec", "Measure any command: exec -- command arguments");
  verb->add_option("--repetitions", options->repetitions, "How often it is run")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--timeout", options->timeout_s, "Seconds that it may take")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--name", options->name, "What it is called in the result");
  verb->add_option("--out", options->out, "Folder for results.json");
  verb->add_option("command", options->command, "The command and its arguments")->required();
  verb->callback([options, &program] { exec(program, *options); });
}

}  // namespace splitscope::cli
