#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "harness/cli/case_inputs.h"
#include "harness/cli/generate_process.h"
#include "harness/cli/program.h"
#include "harness/cli/write_run.h"
#include "harness/result/console_progress.h"
#include "harness/result/table.h"
#include "harness/run/allocators.h"
#include "harness/run/benchmark_driver.h"
#include "harness/run/case_runner.h"
#include "harness/run/guard.h"
#include "harness/run/process.h"
#include "harness/run/s3_process.h"
#include "harness/run/suite.h"
#include "base/death.h"
#include "base/errors.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

struct Options {
  std::string suite = "quick";
  run::Selection selection;
  std::string cache;
  int repetitions = 0;
  double timeout_s = 0;
  fs::path out = "out";
  fs::path cache_folder = run::default_cache_folder();
  std::vector<fs::path> plugins;
  int sample_interval_us = 1000;
};

run::Selection selection_of(const Program& program, const Options& options) {
  run::Selection selection = options.selection;
  if (!options.cache.empty()) selection.cache = run::parse_cache_state(options.cache);
  if (options.repetitions > 0) selection.repetitions = options.repetitions;
  if (options.timeout_s > 0) {
    selection.timeout = std::chrono::milliseconds(std::llround(options.timeout_s * 1000));
  }
  for (fs::path& file : selection.files) file = fs::absolute(file);
  for (const fs::path& plugin : options.plugins) {
    const std::string name = program.catalogs.load_plugin(plugin);
    if (options.selection.strategies.empty()) selection.more_strategies.push_back(name);
  }
  return selection;
}

std::vector<run::CaseSpec> ready_cases(const std::vector<run::PlannedCase>& planned,
                                       const run::InputCache& cache,
                                       result::ConsoleProgress& progress) {
  std::vector<run::CaseSpec> cases;
  for (const run::PlannedCase& one : planned) {
    run::CaseSpec spec = one.spec;
    if (one.input) {
      if (!cache.has(*one.input)) progress.note("generating " + one.input->label());
      spec.inputs = cache.get(*one.input).of_kind(one.kind);
    }
    cases.push_back(std::move(spec));
  }
  return cases;
}

void measure(Program& program, const Options& options, const run::BenchmarkFlags& flags,
             const run::Suite& suite, const std::vector<run::PlannedCase>& planned) {
  run::go_on_under_guard();
  const OrderlyEnd orderly;
  result::ConsoleProgress progress(stderr);
  const fs::path cache_folder = fs::absolute(options.cache_folder);
  const run::InputCache inputs(cache_folder, generate_in_process);
  const auto cases = ready_cases(planned, inputs, progress);
  check_case_inputs(program, cases, options.selection.files);

  run::RunnerOptions runner_options;
  runner_options.work_parent = cache_folder / "work";
  runner_options.sample_interval = std::chrono::microseconds(options.sample_interval_us);
  for (const fs::path& plugin : options.plugins) {
    runner_options.plugins.push_back(fs::absolute(plugin));
  }
  std::optional<run::S3Process> s3;
  for (const run::CaseSpec& spec : cases) {
    if (!run::find_workload(program.catalogs, spec.workload).needs_s3) continue;
    if (!s3) s3.emplace();
    runner_options.environment = s3->environment();
    if (const auto library = run::own_library("libsplitscope_upload.so")) {
      runner_options.libraries["upload.so"] = *library;
      runner_options.environment.emplace_back("SPLITSCOPE_UPLOAD_LIBRARY=./lib/upload.so");
    }
    runner_options.run_options[spec.workload] = {{"endpoint", s3->endpoint()}};
  }
  run::CaseRunner runner(runner_options);
  const auto results = run::drive(
      cases, flags, [&](const run::CaseSpec& spec) { return runner.run_sample(spec); }, progress);

  result::ContextOptions context;
  context.suite = suite.name;
  context.command_line = program.command_line;
  context.work_folder = cache_folder;
  context.sample_interval = runner_options.sample_interval;
  write_run(context, options.out, results);
  if (!flags.own_display()) {
    const auto tables = result::comparison(results);
    std::printf("%s", result::render_text(tables, result::may_color(stdout)).c_str());
  }
  for (const run::CaseResult& result : results) {
    if (!result.ok()) program.exit_code = kCaseFailed;
  }
}

void run_suite(Program& program, const Options& options, const std::vector<std::string>& extras) {
  const run::BenchmarkFlags flags(extras);
  const run::Selection selection = selection_of(program, options);
  const run::Suite suite = run::load_suite(options.suite, program.home / "suites");
  std::vector<run::PlannedCase> planned = run::plan(suite, selection, program.catalogs);
  std::erase_if(planned, [&](const run::PlannedCase& one) { return !flags.selects(one.spec.id); });
  if (planned.empty()) throw UsageError("--benchmark_filter leaves no case of the suite");
  if (flags.list_only()) {
    for (const run::PlannedCase& one : planned) std::printf("%s\n", one.spec.id.text().c_str());
    return;
  }
  measure(program, options, flags, suite, planned);
}

}  // namespace

void add_run(CLI::App& app, Program& program) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("run", "Measure a suite, one fresh process for each sample");
  verb->add_option("--suite", options->suite, "Name of a suite, or a file")->capture_default_str();
  verb->add_option("--strategy", options->selection.strategies, "Only this one; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--workload", options->selection.workloads, "Only this one; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--allocator", options->selection.allocators,
                   "system, jemalloc or tcmalloc; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--input", options->selection.files,
                   "Your own splits or index folder instead of generated ones")
      ->check(CLI::ExistingPath);
  verb->add_option("--cache", options->cache, "Page cache at the start: warm or cold");
  verb->add_option("--repetitions", options->repetitions, "Samples of each case")
      ->check(CLI::PositiveNumber);
  verb->add_option("--timeout", options->timeout_s, "Seconds that a sample may take")
      ->check(CLI::PositiveNumber);
  verb->add_option("--sample-interval", options->sample_interval_us,
                   "Microseconds between two samples of the timeline")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--plugin", options->plugins, "Library with a strategy of your own")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  verb->add_option("--cache-dir", options->cache_folder,
                   "Where generated inputs are kept and samples run");
  verb->add_option("--out", options->out, "Folder for results.json and summary.md")
      ->capture_default_str();
  verb->footer("All options --benchmark_... of Google Benchmark work as well.");
  verb->allow_extras();
  verb->callback([options, verb, &program] { run_suite(program, *options, verb->remaining()); });
}

}  // namespace splitscope::cli
