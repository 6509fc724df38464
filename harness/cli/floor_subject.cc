#include "harness/cli/floor_subject.h"

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <tuple>
#include <utility>

#include "base/errors.h"
#include "base/printable.h"
#include "base/short_name.h"
#include "harness/cli/case_inputs.h"
#include "harness/cli/generate_process.h"
#include "harness/cli/quiet_output.h"
#include "harness/run/cache_state.h"
#include "harness/run/case_id_text.h"
#include "harness/run/case_runner.h"
#include "harness/run/command_runner.h"
#include "harness/run/suite.h"
#include "harness/run/surroundings.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

// Seldom enough that watching does not slow a try down.
constexpr std::chrono::microseconds kTryInterval{10'000};
constexpr std::chrono::microseconds kObserveInterval{1000};

// Under a small cap a command may not even come to its start; that is an end like any other.
run::Sample not_started(const std::exception& error) {
  run::Sample sample;
  sample.status = run::Status::kCrashed;
  sample.message = error.what();
  return sample;
}

run::Sample try_command(run::CommandOptions measured, const std::vector<fs::path>& inputs,
                        const FloorTry& how) {
  measured.timeout = how.timeout;
  measured.memory_cap_bytes = how.cap_bytes;
  if (how.cap_bytes) measured.cap_kind = how.kind;
  measured.heap = how.observe;
  measured.trace = how.observe;
  measured.sample_interval = how.observe ? kObserveInterval : kTryInterval;
  if (how.evict) (void)run::set_cache_state(inputs, run::CacheState::kCold);
  const QuietOutput quiet(!how.observe);
  try {
    return run::measure_command(measured).sample;
  } catch (const std::system_error& error) {
    if (!how.cap_bytes) throw;
    return not_started(error);
  }
}

bool is_regular(const std::string& word) {
  std::error_code ignored;
  return !word.empty() && fs::is_regular_file(word, ignored);
}

std::vector<fs::path> inputs_of_command(const std::vector<std::string>& command,
                                        const FloorOptions& options) {
  std::vector<fs::path> inputs;
  for (const std::string& input : options.inputs) {
    if (!fs::exists(input)) {
      throw UsageError("--input " + printable(input) + ": there is no such file or folder");
    }
    inputs.push_back(fs::absolute(input));
  }
  // The first word is the program itself.
  for (std::size_t i = 1; i < command.size(); ++i) {
    if (is_regular(command[i])) inputs.push_back(fs::absolute(command[i]));
  }
  if (is_regular(options.standard_input)) inputs.push_back(fs::absolute(options.standard_input));
  return inputs;
}

// Everything that the surroundings of a case hold lives as long as the tries.
struct CaseTries {
  run::SurroundingsMaker surroundings;
  std::optional<run::CaseRunner> runner;
  run::CaseSpec spec;
};

// The one block of a suite that has just this case.
run::SuiteBlock block_of(const FloorOptions& options) {
  run::CaseId id;
  if (!options.case_id.empty()) {
    id = run::parse_case_id(options.case_id);
    if (id.memory_cap_bytes) {
      throw UsageError("case '" + printable(options.case_id) +
                       "' has a cap of its own; floor finds the cap, so leave it away");
    }
  }
  if (!options.workload.empty()) id.workload = options.workload;
  if (!options.strategy.empty()) id.strategy = options.strategy;
  if (!options.allocator.empty()) id.allocator = options.allocator;
  if (!options.cache.empty()) id.cache = run::parse_cache_state(options.cache);
  if (id.allocator.empty()) id.allocator = "system";
  if (id.workload.empty() || id.strategy.empty()) {
    throw UsageError(
        "which case? give its id, as merge/streaming/logs-5x4MB/system/c1/warm, or --workload, "
        "--strategy and --input; or a command: splitscope floor -- command arguments");
  }
  run::SuiteBlock block;
  std::tie(block.workload, block.options) = run::parse_label(id.workload);
  block.strategies = {id.strategy};
  block.allocators = {id.allocator};
  block.concurrency = {id.concurrency};
  block.cache = {id.cache};
  block.repetitions = 1;
  block.where = options.case_id.empty() ? "floor" : printable(options.case_id);
  std::string generated = id.input;
  if (options.inputs.size() == 1 && !fs::exists(options.inputs.front())) {
    generated = options.inputs.front();
  } else if (!options.inputs.empty()) {
    generated.clear();
  }
  if (!generated.empty() && generated != "none") {
    block.inputs.push_back(run::parse_input_label(generated));
  }
  return block;
}

run::CaseSpec plan_one(const Program& program, const FloorOptions& options) {
  run::Suite suite;
  suite.name = "floor";
  suite.blocks = {block_of(options)};
  run::Selection selection;
  if (suite.blocks.front().inputs.empty()) {
    for (const std::string& input : options.inputs) selection.files.push_back(fs::absolute(input));
  }
  tell_apart(selection.files);
  std::vector<run::CaseSpec> planned = run::plan(suite, selection, program.catalogs);
  if (planned.size() != 1) {
    throw UsageError("floor takes one case at a time, and these are " +
                     std::to_string(planned.size()));
  }
  check_case_inputs(program, planned, selection.files);
  return std::move(planned.front());
}

run::Sample try_case(CaseTries& tries, const FloorTry& how) {
  run::CaseSpec spec = tries.spec;
  spec.timeout = how.timeout;
  spec.id.memory_cap_bytes = how.cap_bytes;
  if (how.cap_bytes) spec.cap_kind = how.kind;
  // The child drops them itself, when all that it does before its window is done.
  if (how.evict) spec.id.cache = run::CacheState::kCold;
  return tries.runner->run_sample(spec);
}

}  // namespace

FloorSubject command_subject(const Program& program, const FloorOptions& options) {
  run::CommandOptions measured;
  measured.command = program.command_words;
  measured.standard_input = options.standard_input.empty() || options.standard_input == "null"
                                ? fs::path("/dev/null")
                                : fs::absolute(options.standard_input);
  FloorSubject subject;
  subject.command = program.command_words;
  subject.inputs = inputs_of_command(program.command_words, options);
  subject.result.spec.workload = std::string(run::kExecWorkload);
  subject.run = [measured, inputs = subject.inputs](const FloorTry& how) {
    return try_command(measured, inputs, how);
  };
  return subject;
}

FloorSubject case_subject(const Program& program, const FloorOptions& options) {
  FloorSubject subject;
  const auto tries = std::make_shared<CaseTries>();
  std::vector<run::CaseResult> results(1);
  results.front().spec = plan_one(program, options);
  subject.case_id = results.front().spec.id.text();
  run::InputCache cache(
      fs::absolute(options.cache_folder), generate_in_process, generator_source(program),
      [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); });
  (void)find_inputs(program, cache, results);
  tries->spec = results.front().spec;
  run::RunnerOptions runner;
  runner.work_parent = fs::absolute(options.cache_folder) / "work";
  runner.surroundings[tries->spec.workload] =
      tries->surroundings.of(run::find_workload(program.catalogs, tries->spec.workload));
  tries->runner.emplace(runner);
  subject.inputs = tries->spec.inputs;
  subject.result.spec = tries->spec;
  subject.run = [tries](const FloorTry& how) { return try_case(*tries, how); };
  return subject;
}

}  // namespace splitscope::cli
