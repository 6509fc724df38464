#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/death.h"
#include "base/environment.h"
#include "base/errors.h"
#include "base/size_text.h"
#include "harness/cli/program.h"
#include "harness/cli/seconds.h"
#include "harness/cli/write_run.h"
#include "harness/record/phase.h"
#include "harness/result/console_progress.h"
#include "harness/result/table.h"
#include "harness/run/command_runner.h"
#include "harness/run/guard.h"
#include "harness/tree/phase_channel.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

struct ExecOptions {
  int repetitions = 1;
  double timeout_s = 600;
  fs::path out;
  std::string name;
  std::string heap = "on";
  std::string standard_input;
  std::string memory_cap;
  bool no_trace = false;
  bool wait = false;
};

constexpr std::string_view kNoInput = "null";
// The helper that starts the command and the kernel's own pages for it take some 50 KiB.
constexpr std::uint64_t kLeastCapBytes = 64 << 10;

std::string left_behind_text(std::size_t count) {
  return count == 1
             ? "1 process that outlived the command was ended with it"
             : std::to_string(count) + " processes that outlived the command were ended with it";
}

std::string left_waiting_text(std::size_t count) {
  return left_behind_text(count) + "; --wait waits for such";
}

std::string left_out_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " phase" : " phases") + " beyond the first " +
         std::to_string(record::kMaxPhases) + " of a sample " + (count == 1 ? "was" : "were") +
         " left out";
}

std::string ignored_lines_text(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " line" : " lines") + " on the descriptor of " +
         environment::kPhasesFd + " ignored: expected 'phase NAME' with a name of at most " +
         std::to_string(tree::kMaxPhaseNameBytes) + " bytes, or 'end'";
}

// What is worth a word about all samples, said once at the end.
class Remarks {
 public:
  void add(const run::CommandSample& taken) {
    left_behind_ += taken.left_behind;
    phases_left_out_ += taken.phases_left_out;
    phase_lines_ignored_ += taken.phase_lines_ignored;
    if (!taken.not_traced_because.empty()) not_traced_because_ = taken.not_traced_because;
    capped_by_ = taken.capped_by;
  }

  void say() const {
    if (left_behind_ != 0) say(left_waiting_text(left_behind_));
    if (phases_left_out_ != 0) say(left_out_text(phases_left_out_));
    if (phase_lines_ignored_ != 0) say(ignored_lines_text(phase_lines_ignored_));
    if (!not_traced_because_.empty()) {
      say("its processes were not followed, only sampled: " + not_traced_because_);
    }
    if (capped_by_ != run::CapKind::kNone) {
      say("the memory cap was held by " + std::string(run::cap_text(capped_by_)));
    }
  }

 private:
  static void say(const std::string& text) {
    std::fprintf(stderr, "splitscope: %s\n", text.c_str());
  }

  std::size_t left_behind_ = 0;
  std::uint64_t phases_left_out_ = 0;
  std::uint64_t phase_lines_ignored_ = 0;
  std::string not_traced_because_;
  run::CapKind capped_by_ = run::CapKind::kNone;
};

// Each is handed on as soon as it is taken.
void take_samples(const run::CommandOptions& measured, run::CaseResult& result,
                  const std::function<void(const run::CommandSample&)>& taken_one) {
  Remarks remarks;
  try {
    for (int i = 0; i < result.spec.repetitions; ++i) {
      throw_if_dying();
      auto taken = run::measure_command(measured);
      remarks.add(taken);
      result.samples.push_back(taken.sample);
      taken_one(taken);
    }
  } catch (const Interrupted&) {
    remarks.say();
    throw;
  }
  remarks.say();
}

void show_result(const run::CaseResult& result) {
  // The command's own output goes to stdout; ours must not mix with it.
  std::fprintf(
      stderr, "%s",
      result::render_text(result::comparison({result}), result::may_color(stderr)).c_str());
}

// What whoever started us had ignored, which installing our handlers has left so.
std::uint64_t ignored_signals() {
  std::uint64_t ignored = 0;
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
      ignored |= std::uint64_t{1} << (signal - 1);
    }
  }
  return ignored;
}

// A pipe has its bytes once: the second repetition would find it empty.
void check_input(const ExecOptions& options) {
  struct stat status {};
  if (options.repetitions < 2 || !options.standard_input.empty()) return;
  if (::fstat(STDIN_FILENO, &status) != 0) return;
  if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
    throw UsageError(
        "standard input is a pipe, which only the first of the repetitions could read; give a file "
        "with --stdin FILE, or --stdin null for none");
  }
}

run::CommandOptions measured_options(const Program& program, const ExecOptions& options) {
  if (program.command_words.empty()) {
    throw UsageError("which command? splitscope exec [options] -- command arguments");
  }
  run::CommandOptions measured;
  measured.command = program.command_words;
  measured.timeout = std::chrono::milliseconds(std::llround(options.timeout_s * 1000));
  measured.heap = options.heap == "on";
  measured.trace = !options.no_trace;
  measured.wait_for_descendants = options.wait;
  if (options.standard_input == kNoInput) {
    measured.standard_input = "/dev/null";
  } else if (!options.standard_input.empty()) {
    measured.standard_input = fs::absolute(options.standard_input);
  }
  if (!options.memory_cap.empty()) {
    measured.memory_cap_bytes = parse_size(options.memory_cap);
    if (*measured.memory_cap_bytes < kLeastCapBytes) {
      throw UsageError("a memory cap below 64KiB leaves no room to start anything");
    }
  }
  return measured;
}

void exec(Program& program, const ExecOptions& options) {
  const run::CommandOptions given = measured_options(program, options);
  check_input(options);
  const pid_t job_group = ::getpgrp();
  const std::uint64_t ignored = ignored_signals();
  run::go_on_under_guard();
  const OrderlyEnd orderly;
  std::optional<RunOutput> output;
  if (!options.out.empty()) {
    output.emplace(options.out, std::vector<fs::path>(),
                   static_cast<std::size_t>(options.repetitions));
  }
  run::CommandOptions measured = given;
  measured.job_group = job_group;
  measured.ignored_signals = ignored;
  run::CaseResult result;
  result.spec.workload = std::string(run::kExecWorkload);
  result.spec.id = {.workload = result.spec.workload,
                    .strategy = run::input_label(
                        options.name.empty() ? fs::path(given.command.front()).filename().native()
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
    take_samples(measured, result, [&](const run::CommandSample& taken) {
      if (!output) return;
      if (result.samples.size() == 1) {
        output->add_context({{"rss_resolution_bytes", taken.rss_resolution_bytes}});
      }
      output->write({result});
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
  program.verbs_with_command.insert("exec");
  CLI::App* verb = app.add_subcommand(
      "exec", "Measure any command, with all that it starts: exec [options] -- command arguments");
  verb->add_option("--repetitions", options->repetitions, "How often it is run")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--timeout", options->timeout_s, "Seconds that it may take")
      ->capture_default_str()
      ->check(seconds());
  verb->add_option("--name", options->name, "What it is called in the result");
  verb->add_option("--out", options->out, "Folder for results.json");
  verb->add_option("--stdin", options->standard_input,
                   "File for its standard input, null for none; else it has yours");
  verb->add_option("--heap", options->heap, "Count the heap of its processes: on or off")
      ->capture_default_str()
      ->check(CLI::IsMember({"on", "off"}));
  verb->add_option("--memory-cap", options->memory_cap,
                   "The most memory that it may take: 512MiB; by a cgroup, else by RLIMIT_DATA");
  verb->add_flag("--wait", options->wait,
                 "Wait for all that it starts; else what outlives it is ended");
  verb->add_flag("--no-trace", options->no_trace,
                 "Do not follow its processes with ptrace, for debuggers inside it");
  verb->callback([options, &program] { exec(program, *options); });
}

}  // namespace splitscope::cli
