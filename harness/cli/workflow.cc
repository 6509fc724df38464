#include "harness/cli/workflow.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <new>
#include <optional>

#include "base/doing.h"
#include "base/file_error.h"
#include "base/own_place.h"
#include "base/short_name.h"
#include "base/shown_name.h"
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

void add_workload_options(CLI::App& verb, const workloads::WorkloadInfo& workload,
                          WorkflowOptions& options) {
  using Kind = workloads::WorkloadOption::Kind;
  for (const workloads::WorkloadOption& option : workload.options) {
    std::string flag = "--" + option.key;
    std::replace(flag.begin(), flag.end(), '_', '-');
    const auto give = [&options, key = option.key](const std::string& value) {
      options.workload_options[key] = value;
    };
    if (option.kind == Kind::kText) verb.add_option_function<std::string>(flag, give, option.about);
    if (option.kind == Kind::kFlag) {
      verb.add_flag_callback(
          flag, [give] { give("true"); }, option.about);
    }
  }
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

void show_output(const OutputPlace& place, const std::filesystem::path& output) {
  show_as(place.path().native(), output.native());
  show_as(place.path().parent_path().native(), output.native());
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
  if (place != nullptr) {
    spec.output = place->path();
    show_output(*place, options.output);
  }
  spec.options = options.workload_options;
  spec.reference = reference.get();
  const workloads::WorkloadInfo& info = run::find_workload(program.catalogs, workload);
  if (!info.library.empty()) spec.library = own_file(info.library).value_or("");
  const auto work = info.make(spec);
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
  } catch (const std::filesystem::filesystem_error& error) {
    if (identity) identity->check_unchanged();
    throw FileError("reach", error.path1(), error.code().value());
  } catch (const std::exception&) {
    // Whatever seemed wrong with an input that was changed meanwhile: that is the reason.
    if (identity) identity->check_unchanged();
    throw;
  }
  if (place != nullptr) std::printf("%s\n", options.output.c_str());
  std::fputs(proof.c_str(), stdout);
}

}  // namespace splitscope::cli
