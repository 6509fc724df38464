#include "harness/cli/workflow.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <new>
#include <optional>
#include <stdexcept>

#include "base/doing.h"
#include "base/input_name.h"
#include "base/size_text.h"
#include "formats/split/check_inputs.h"

namespace splitscope::cli {

namespace {

// Nobody watches phases here.
class UserContext : public RunContext {
 public:
  void phase(std::string_view /*name*/) override {}
  void count(std::string_view /*key*/, std::uint64_t /*amount*/) override {}
  void tell(std::string_view line) override { std::printf("%s\n", std::string(line).c_str()); }
};

}  // namespace

void add_common_options(CLI::App& verb, WorkflowOptions& options) {
  verb.add_option("--strategy", options.strategy, "How bytes are reached; see splitscope list")
      ->capture_default_str();
  verb.add_option("--plugin", options.plugins, "Library with a strategy of your own")
      ->check(CLI::ExistingFile);
  verb.add_flag("--verify", options.verify, "Prove the output against the inputs afterwards");
  verb.add_flag("--no-checksums", options.no_checksums,
                "Take the inputs as they are: do not compare their checksums first");
}

std::vector<std::filesystem::path> files_to_keep(const WorkflowOptions& options) {
  auto files = options.inputs;
  files.insert(files.end(), options.plugins.begin(), options.plugins.end());
  return files;
}

void add_sync_option(CLI::App& verb, bool& sync) {
  verb.add_flag("!--no-sync", sync,
                "Leave it to the system when the output reaches the disk; faster, but a power cut "
                "may then lose it");
}

namespace {

// Returns what is said of a proof, if one was asked for.
std::string run_and_prove(workloads::Workload& work, Strategy& strategy,
                          const WorkflowOptions& options) {
  UserContext context;
  work.run(strategy, context);
  if (!options.verify) return {};
  const Doing doing("verifying", options.output.native());
  const workloads::Verification found = work.verify();
  return fmt::format("verified: {} in, {} out, {}\n", format_size_rounded(found.input_bytes),
                     format_size_rounded(found.output_bytes), found.digest);
}

}  // namespace

std::string with_own_name(std::string message, const OutputPlace& place,
                          const std::string& output) {
  const auto replace_all = [&](const std::string& name, bool to_the_end) {
    for (auto at = message.find(name); at != std::string::npos; at = message.find(name)) {
      const auto end = to_the_end ? message.find_first_of(": ", at) : at + name.size();
      message.replace(at, end == std::string::npos ? end : end - at, output);
    }
  };
  replace_all(place.path().native(), false);
  // Names below it are of our own making: they have no blanks.
  replace_all(place.path().parent_path().native(), true);
  return message;
}

void run_workflow(const Program& program, const std::string& workload,
                  const WorkflowOptions& options, OutputPlace* place) {
  const Doing doing("working on the " + workload + " of", options.inputs.front().native());
  tell_apart(options.inputs);
  for (const auto& plugin : options.plugins) (void)program.catalogs.load_plugin(plugin);
  AccessCounters counters;
  AccessCounters reference_counters;
  const auto reference =
      program.catalogs.make_strategy(program.catalogs.reference_strategy, reference_counters);
  const auto strategy = program.catalogs.make_strategy(options.strategy, counters);
  workloads::WorkloadSpec spec;
  spec.inputs = options.inputs;
  if (place != nullptr) spec.output = place->path();
  spec.options = options.workload_options;
  spec.reference = reference.get();
  const auto work = run::find_workload(program.catalogs, workload).make(spec);
  std::optional<InputIdentity> identity;
  std::string proof;
  try {
    work->prepare();
    identity = formats::identity_of(spec.inputs);
    if (options.verify || !options.no_checksums) {
      // What is uploaded may be any file; a split must be a whole one.
      const auto check = place == nullptr ? formats::check_splits_among : formats::check_inputs;
      check(*reference, spec.inputs);
    }
    proof = run_and_prove(*work, *strategy, options);
    identity->check_unchanged();
    if (place != nullptr) place->commit(options.sync ? Sync::kYes : Sync::kNo);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    // Whatever seemed wrong with an input that was changed meanwhile: that is the reason.
    if (identity) identity->check_unchanged();
    if (place == nullptr) throw;
    throw std::runtime_error(with_own_name(error.what(), *place, options.output.native()));
  }
  if (place != nullptr) std::printf("%s\n", options.output.c_str());
  std::fputs(proof.c_str(), stdout);
}

}  // namespace splitscope::cli
