// The composition root: the only file that sees both catalogs.
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <new>
#include <vector>

#include "base/bus_error.h"
#include "base/death.h"
#include "base/doing.h"
#include "base/last_words.h"
#include "base/libcrypto_memory.h"
#include "base/own_place.h"
#include "base/standard_streams.h"
#include "harness/cli/profiles.h"
#include "harness/cli/program.h"
#include "harness/run/allocators.h"
#include "harness/run/child_main.h"
#include "strategies/catalog.h"
#include "workloads/catalog.h"
#include "workloads/corpus/generate.h"
#include "workloads/corpus/profile.h"

namespace splitscope {
namespace {

// Dropping caches and mapping costs this one nothing but address space.
constexpr const char* kReferenceStrategy = "mmap-view";

run::Catalogs catalogs() {
  run::Catalogs catalogs;
  catalogs.strategies = strategies::all_strategies();
  catalogs.workloads = workloads::all_workloads();
  const auto plugins = std::make_shared<std::vector<strategies::Plugin>>();
  catalogs.make_strategy = [plugins](const std::string& spec, AccessCounters& counters) {
    return strategies::make_strategy(spec, counters, *plugins);
  };
  catalogs.load_plugin = [plugins](const std::filesystem::path& library) {
    plugins->push_back(strategies::load_plugin(library, *plugins));
    return plugins->back().name();
  };
  catalogs.reference_strategy = kReferenceStrategy;
  catalogs.install_fault_handler = install_bus_error_handler;
  return catalogs;
}

void generate_inputs(const std::filesystem::path& home, const run::InputSpec& input,
                     const std::filesystem::path& folder) {
  workloads::GenerateSpec spec;
  spec.profile = workloads::read_profile(cli::profile_file(home, input.profile));
  spec.size_bytes = input.size_bytes;
  spec.count = static_cast<std::uint32_t>(input.count);
  spec.seed = input.seed;
  AccessCounters counters;
  const auto strategy = strategies::make_strategy("streaming", counters);
  workloads::generate(spec, *strategy, folder);
}

// Before the initializers of any library.
[[gnu::section(".preinit_array"), gnu::used]] void (*const g_first)() = install_terminate_handler;

int run_program(int argc, char** argv) {
  cli::Program program;
  program.catalogs = catalogs();
  program.command_line.assign(argv, argv + argc);
  program.command_line.front() = "splitscope";
  program.home = own_home();
  program.generate = [&program](const run::InputSpec& input, const std::filesystem::path& folder) {
    generate_inputs(program.home, input, folder);
  };
  return cli::run_command_line(program, argc, argv);
}

// Whatever else went wrong: an exit code of 0 says that the output arrived too.
int with_output_checked(int exit_code) {
  std::string problem;
  try {
    problem = unwritten_output();
  } catch (const std::bad_alloc&) {
    // What went wrong first has been said.
    if (exit_code != cli::kOk) return exit_code;
    throw;
  }
  // About a closed pipe there is nothing to say.
  if (problem.empty() || exit_code == exit_code_of_signal(SIGPIPE)) return exit_code;
  last_words({problem.c_str()});
  return exit_code == cli::kOk ? cli::kUsageError : exit_code;
}

}  // namespace
}  // namespace splitscope

int main(int argc, char** argv) {
  using namespace splitscope;
  // A measured child goes its way before anything else is set up: what it allocated would show.
  if (argc == 4 && std::strcmp(argv[1], "child") == 0) {
    return run::child_main(catalogs, argv[2], argv[3]);
  }
  occupy_standard_descriptors();
  install_death_handlers();
  give_libcrypto_a_reserve();
  try {
    if (argc == 2 && std::strcmp(argv[1], "allocator-version") == 0) {
      return with_output_checked(run::print_allocator_version());
    }
    return with_output_checked(run_program(argc, argv));
  } catch (const Interrupted& interrupted) {
    return exit_code_of_signal(interrupted.signal);
  } catch (const std::bad_alloc&) {
    // Not by exit(): what libraries do at their end may take memory too.
    std::fflush(nullptr);
    end_out_of_memory();
  } catch (const std::exception& error) {
    last_words({error.what()});
  } catch (...) {
    last_words({"an error of an unknown kind while ", doing()});
  }
  return cli::kUsageError;
}
