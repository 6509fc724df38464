#include "harness/cli/workflow.h"

#include <CLI/CLI.hpp>
#include <cstdio>

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

void run_workflow(const Program& program, const std::string& workload,
                  const WorkflowOptions& options) {
  for (const auto& plugin : options.plugins) (void)program.catalogs.load_plugin(plugin);
  AccessCounters counters;
  AccessCounters reference_counters;
  const auto reference =
      program.catalogs.make_strategy(program.catalogs.reference_strategy, reference_counters);
  const auto strategy = program.catalogs.make_strategy(options.strategy, counters);
  WorkloadSpec spec;
  spec.inputs = options.inputs;
  spec.output = options.output;
  spec.options = options.workload_options;
  spec.reference = reference.get();
  const auto work = run::find_workload(program.catalogs, workload).make(spec);
  SilentContext context;
  work->prepare();
  work->run(*strategy, context);
  if (!options.output.empty()) std::printf("%s\n", options.output.c_str());
  if (options.verify) {
    const Verification found = work->verify();
    std::printf("verified: %s in, %s out, %s\n", format_size_rounded(found.input_bytes).c_str(),
                format_size_rounded(found.output_bytes).c_str(), found.digest.c_str());
  }
}

}  // namespace splitscope::cli
