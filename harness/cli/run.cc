#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/death.h"
#include "base/errors.h"
#include "base/file_error.h"
#include "base/output_place.h"
#include "base/printable.h"
#include "base/short_name.h"
#include "base/strict_json.h"
#include "harness/cli/case_inputs.h"
#include "harness/cli/generate_process.h"
#include "harness/cli/program.h"
#include "harness/cli/run_options.h"
#include "harness/cli/run_resume.h"
#include "harness/cli/seconds.h"
#include "harness/cli/suggest.h"
#include "harness/cli/write_run.h"
#include "harness/result/build_info.h"
#include "harness/result/console_progress.h"
#include "harness/result/json_writer.h"
#include "harness/result/table.h"
#include "harness/run/allocators.h"
#include "harness/run/benchmark_driver.h"
#include "harness/run/case_runner.h"
#include "harness/run/guard.h"
#include "harness/run/input_manifest.h"
#include "harness/run/suite.h"
#include "harness/run/surroundings.h"
#include "harness/run/work_folder.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

run::Selection selection_of(const Program& program, const RunOptions& options) {
  run::Selection selection;
  selection.workloads = options.workloads;
  selection.strategies = options.strategies;
  selection.allocators = options.allocators;
  if (!options.cache.empty()) selection.cache = run::parse_cache_state(options.cache);
  for (const std::string& cap : options.memory_caps) {
    selection.memory_caps.push_back(run::parse_memory_cap(cap));
  }
  if (options.repetitions > 0) selection.repetitions = options.repetitions;
  if (options.timeout_s > 0) {
    selection.timeout = std::chrono::milliseconds(std::llround(options.timeout_s * 1000));
  }
  for (const fs::path& file : options.files) selection.files.push_back(fs::absolute(file));
  for (const fs::path& plugin : options.plugins) {
    const std::string name = program.catalogs.load_plugin(plugin);
    if (options.strategies.empty()) selection.more_strategies.push_back(name);
  }
  return selection;
}

// What must not be written over.
std::vector<fs::path> read_files(const Program& program, const RunOptions& options) {
  std::vector<fs::path> files = options.files;
  files.insert(files.end(), options.plugins.begin(), options.plugins.end());
  files.push_back(run::suite_file(options.suite, program.home / "suites"));
  return files;
}

// --benchmark_out: in its place only when all is done, like every other output.
class BenchmarkFile {
 public:
  BenchmarkFile(const fs::path& file, const std::vector<fs::path>& inputs, const RunOutput& output)
      : file_(file), place_(OutputPlace::for_file(file, inputs)) {
    if (fs::weakly_canonical(fs::absolute(output.results_file())) ==
        fs::weakly_canonical(fs::absolute(file))) {
      throw UsageError("--benchmark_out=" + printable(file.native()) +
                       ": splitscope's own results go there; name another file");
    }
    stream_.open(place_.path(), std::ios::binary);
    if (!stream_) throw FileError("create", file, errno);
  }
  [[nodiscard]] std::ostream* stream() { return &stream_; }
  void commit() {
    errno = 0;
    stream_.close();
    if (!stream_) throw FileError("write", file_, errno != 0 ? errno : EIO);
    place_.commit(Sync::kYes);
  }

 private:
  fs::path file_;
  OutputPlace place_;
  std::ofstream stream_;
};

run::RunnerOptions runner_options_of(const Program& program, const RunOptions& options,
                                     const std::vector<run::CaseResult>& results,
                                     run::SurroundingsMaker& surroundings) {
  run::RunnerOptions runner_options;
  runner_options.work_parent = fs::absolute(options.cache_folder) / "work";
  runner_options.sample_interval = std::chrono::microseconds(options.sample_interval_us);
  for (const fs::path& plugin : options.plugins) {
    runner_options.plugins.push_back(fs::absolute(plugin));
  }
  for (const auto& [spec, unused] : results) {
    if (runner_options.surroundings.contains(spec.workload)) continue;
    runner_options.surroundings[spec.workload] =
        surroundings.of(run::find_workload(program.catalogs, spec.workload));
  }
  return runner_options;
}

result::ContextOptions context_options(const Program& program, const RunOptions& options,
                                       const run::BenchmarkFlags& flags, const run::Suite& suite) {
  result::ContextOptions context;
  context.suite = suite.name;
  context.command_line = program.command_line;
  context.work_folder = fs::absolute(options.cache_folder);
  context.sample_interval = std::chrono::microseconds(options.sample_interval_us);
  context.more = flags.context;
  return context;
}

// Everything between the plan and the results; `results` are whatever was reached at any moment.
void measure(Program& program, const RunOptions& options, const run::BenchmarkFlags& flags,
             const run::Suite& suite, const std::vector<run::CaseSpec>& planned,
             const std::optional<result::StoredResults>& stored, RunOutput& output,
             std::vector<run::CaseResult>& results) {
  result::ConsoleProgress progress(stderr);
  std::optional<BenchmarkFile> file;
  if (flags.out) file.emplace(*flags.out, read_files(program, options), output);

  results = run::planned_results(planned, flags);
  const std::string shown = printable(output.results_file().native());
  const std::string plan = plan_digest(results, options.sample_interval_us);
  if (stored) {
    take_samples(*stored, shown, suite.name, plan, results);
    output.continues_what_is_there();
  }

  // Where samples run is tried before the first of them, too.
  { const run::WorkFolder probe(fs::absolute(options.cache_folder) / "work"); }
  result::ContextOptions context = context_options(program, options, flags, suite);
  run::InputCache cache(fs::absolute(options.cache_folder), generate_in_process,
                        generator_source(program),
                        [&](const std::string& text) { progress.note(text); });
  check_case_inputs(program, planned, options.files);
  context.inputs = find_inputs(program, cache, results);
  output.describe(context, results);
  output.add_context(
      {{"plan_digest", plan}, {"program_digest", program_digest(program, options.plugins)}});
  output.set_resume(stored_options(options));
  if (stored) check_same_surroundings(*stored, shown, output.context());

  run::SurroundingsMaker surroundings;
  run::CaseRunner runner(runner_options_of(program, options, results, surroundings));
  for (const run::CaseResult& result : results) {
    for (const run::Sample& sample : result.samples) runner.remember(result.spec.id, sample);
  }
  run::DriveHooks hooks;
  hooks.run_sample = [&](const run::CaseSpec& spec) { return runner.run_sample(spec); };
  hooks.sample_finished = [&] { output.write(results); };
  if (file) hooks.file = file->stream();
  run::drive(results, flags, hooks, progress);
  if (file) file->commit();
}

void measure_and_report(Program& program, const RunOptions& options,
                        const run::BenchmarkFlags& flags, const run::Suite& suite,
                        const std::vector<run::CaseSpec>& planned,
                        const std::optional<result::StoredResults>& stored) {
  run::go_on_under_guard();
  const OrderlyEnd orderly_end;
  std::size_t samples = 0;
  for (const run::CaseSpec& one : planned) {
    samples += static_cast<std::size_t>(flags.repetitions().value_or(one.repetitions));
  }
  RunOutput output(options.out, read_files(program, options), samples);
  std::vector<run::CaseResult> results;
  try {
    measure(program, options, flags, suite, planned, stored, output, results);
    output.finish(results);
  } catch (const Interrupted&) {
    program.left_behind = output.interrupted(results);
    throw;
  }
  if (!flags.own_display()) {
    const auto tables = result::comparison(results);
    std::printf("%s", result::render_text(tables, result::may_color(stdout)).c_str());
  }
  for (const run::CaseResult& result : results) {
    if (!result.ok()) program.exit_code = kCaseFailed;
  }
}

// What is no option of ours must be one of Google Benchmark's.
void refuse_unknown(const CLI::App& verb, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.starts_with("--benchmark_") || word.starts_with("--v=")) continue;
    throw UsageError("unknown argument '" + shortened(word, 80) + "'" + nearest_option(verb, word) +
                     "; see splitscope run --help");
  }
}

std::vector<run::CaseSpec> plan_cases(const Program& program, const RunOptions& options,
                                      const run::BenchmarkFlags& flags, const run::Suite& suite) {
  std::vector<run::CaseSpec> planned =
      run::plan(suite, selection_of(program, options), program.catalogs);
  std::erase_if(planned, [&](const run::CaseSpec& one) { return !flags.selects(one.id); });
  if (planned.empty()) throw UsageError("--benchmark_filter leaves no case of the suite");
  return planned;
}

// A finished result does not say any more how it was asked for. Whoever asks for the same again
// wants to know whether it still is that; nobody else can be told.
void look_at_complete(const Program& program, const RunOptions& options,
                      const result::StoredResults& stored, const std::string& shown,
                      const std::function<bool(std::string_view)>& given) {
  const char* compared =
      "; its inputs were not looked at, because neither --suite nor --input is given";
  if (given("--suite")) {
    const run::BenchmarkFlags flags(options.benchmark_flags);
    const auto planned = plan_cases(program, options, flags,
                                    run::load_suite(options.suite, program.home / "suites"));
    auto results = run::planned_results(planned, flags);
    const std::string digest = plan_digest(results, options.sample_interval_us);
    run::InputCache cache(
        fs::absolute(options.cache_folder), generate_in_process, generator_source(program),
        [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); });
    check_same_run(stored, shown, digest, find_inputs(program, cache, results));
    compared = " and of these cases and inputs";
  } else if (given("--input")) {
    check_same_run(stored, shown, {},
                   {{run::label_of_files(options.files), run::digest_of_inputs(options.files)}});
    compared = " and of this input";
  }
  std::fprintf(stderr, "%s: is complete%s; there is nothing to go on with\n", shown.c_str(),
               compared);
}

void run_suite(Program& program, RunOptions options,
               const std::function<bool(std::string_view)>& given) {
  std::optional<result::StoredResults> stored;
  if (options.resume) {
    const fs::path file = options.out / "results.json";
    stored = result::read_results(file);
    if (stored->complete()) {
      look_at_complete(program, options, *stored, printable(file.native()), given);
      return;
    }
    const auto found = stored->context.find("resume");
    if (found == stored->context.end()) {
      throw UsageError(printable(file.native()) +
                       ": does not say how to go on; only a result of 'run' does");
    }
    take_stored(options, *found, printable(file.native()), given);
  }
  tell_apart(options.files);
  const run::BenchmarkFlags flags(options.benchmark_flags);
  const run::Suite suite = run::load_suite(options.suite, program.home / "suites");
  const std::vector<run::CaseSpec> planned = plan_cases(program, options, flags, suite);
  if (flags.list_only()) {
    for (const run::CaseSpec& one : planned) std::printf("%s\n", one.id.text().c_str());
    return;
  }
  measure_and_report(program, options, flags, suite, planned, stored);
}

}  // namespace

void add_run(CLI::App& app, Program& program) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* verb = app.add_subcommand("run", "Measure a suite, one fresh process for each sample");
  verb->add_option("--suite", options->suite, "Name of a suite, or a file")->capture_default_str();
  verb->add_option("--strategy", options->strategies, "Only this one; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--workload", options->workloads, "Only this one; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--allocator", options->allocators,
                   "system, jemalloc or tcmalloc; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--input", options->files,
                   "Your own splits or index folder instead of generated ones")
      ->check(CLI::ExistingPath);
  verb->add_option("--cache", options->cache, "Page cache at the start: warm or cold");
  verb->add_option("--memory-cap", options->memory_caps,
                   "The most memory in the window: 64MiB, or none; may be repeated")
      ->allow_extra_args(false);
  verb->add_option("--repetitions", options->repetitions, "Samples of each case")
      ->check(CLI::Range(1, run::kMaxRepetitions));
  verb->add_option("--timeout", options->timeout_s, "Seconds that a sample may take")
      ->check(seconds());
  verb->add_option("--sample-interval", options->sample_interval_us,
                   "Microseconds between two samples of the timeline")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_option("--plugin", options->plugins, "Library with a strategy of your own")
      ->check(CLI::ExistingFile)
      ->allow_extra_args(false);
  verb->add_option("--cache-dir", options->cache_folder,
                   "Where generated inputs are kept and samples run");
  verb->add_option("--out", options->out, "Folder for results.json")->capture_default_str();
  verb->add_flag("--resume", options->resume,
                 "Go on with the unfinished run in --out: only samples that are missing");
  verb->footer(
      "The options --benchmark_... of Google Benchmark work as well, as far as they make sense.");
  verb->allow_extras();
  verb->callback([options, verb, &program] {
    options->benchmark_flags = verb->remaining();
    refuse_unknown(*verb, options->benchmark_flags);
    run_suite(program, *options, [verb](std::string_view name) {
      return verb->get_option(std::string(name))->count() > 0;
    });
  });
}

}  // namespace splitscope::cli
