#include "harness/cli/workflow.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <new>
#include <stdexcept>

#include "base/doing.h"
#include "base/size_text.h"

namespace splitscope::cli {

namespace {

// Nobody watches phases here.
class SilentContext : public RunContext {
 public:
  void phase(std::string_view /*name*/) override {}
  void count(std::string_view /*key*/, std::uint64_t /*amount*/) override {}
};

}  // namespace

void add_common_options(CLI::App& verb, WorkflowOptions& options) {
  verb.add_option("--strategy", options.strategy, "How bytes are reached; see splitscope list")
      ->capture_default_str();
  verb.add_option("--plugin", options.plugins, "Library with a strategy of your own")
      ->check(CLI::ExistingFile);
  verb.add_flag("--verify", options.verify, "Prove the output against the inputs afterwards");
}

void add_sync_option(CLI::App& verb, bool& sync) {
  verb.add_flag("!--no-sync", sync,
                "Leave it to the system when the output reaches the disk; faster, but a power cut "
                "may then lose it");
}

namespace {

std::string run_and_prove(const Program& program, const std::string& workload,
                          const WorkflowOptions& options, const std::filesystem::path& output) {
  for (const auto& plugin : options.plugins) (void)program.catalogs.load_plugin(plugin);
  AccessCounters counters;
  AccessCounters reference_counters;
  const auto reference =
      program.catalogs.make_strategy(program.catalogs.reference_strategy, reference_counters);
  const auto strategy = program.catalogs.make_strategy(options.strategy, counters);
  WorkloadSpec spec;
  spec.inputs = options.inputs;
  spec.output = output;
  spec.options = options.workload_options;
  spec.reference = reference.get();
  const auto work = run::find_workload(program.catalogs, workload).make(spec);
  SilentContext context;
  work->prepare();
  work->run(*strategy, context);
  if (!options.verify) return {};
  const Doing doing("verifying", options.output.native());
  const Verification found = work->verify();
  return fmt::format("verified: {} in, {} out, {}\n", format_size_rounded(found.input_bytes),
                     format_size_rounded(found.output_bytes), found.digest);
}

// The user knows the output by the name that was given, not by that of its staging folder.
std::string with_own_name(std::string message, const std::string& staged,
                          const std::string& output) {
  for (auto at = message.find(staged); at != std::string::npos; at = message.find(staged)) {
    message.replace(at, staged.size(), output);
  }
  return message;
}

}  // namespace

void run_workflow(const Program& program, const std::string& workload,
                  const WorkflowOptions& options, OutputPlace* place) {
  const Doing doing(workload + " of", options.inputs.front().native());
  if (place == nullptr) {
    std::fputs(run_and_prove(program, workload, options, {}).c_str(), stdout);
    return;
  }
  std::string proof;
  try {
    proof = run_and_prove(program, workload, options, place->path());
    place->commit(options.sync ? Sync::kYes : Sync::kNo);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    throw std::runtime_error(
        with_own_name(error.what(), place->path().native(), options.output.native()));
  }
  std::printf("%s\n%s", options.output.c_str(), proof.c_str());
}

}  // namespace splitscope::cli
