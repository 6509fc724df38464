#include "harness/cli/list_machine.h"

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "base/death.h"
#include "base/own_place.h"
#include "base/size_text.h"
#include "harness/record/proc_file.h"
#include "harness/record/proc_status.h"
#include "harness/run/allocators.h"
#include "harness/run/case_runner.h"
#include "harness/run/guard.h"
#include "harness/run/process.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

// What a C program has resident that only waits: the C library and the kernel's own share.
std::uint64_t empty_program_bytes() {
  const auto place = own_file("splitscope_empty");
  if (!place) throw std::runtime_error("the empty program, splitscope_empty, is not installed");
  run::Command command;
  command.executable = place->string();
  command.arguments = {"splitscope_empty"};
  command.environment = {"LC_ALL=C"};
  run::Process process(command);
  // It says a word when it has arrived in main.
  (void)process.read_line(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  record::ProcFile status(record::ProcPath(process.pid(), "status").text);
  const auto bytes = record::parse_status(status.read()).rss_bytes;
  if (!bytes) throw std::runtime_error("the empty program ended before it was measured");
  return *bytes;
}

void print_bytes(const char* what, std::uint64_t bytes) {
  std::printf("  %-34s %12s\n", what, format_size_rounded(bytes).c_str());
}

}  // namespace

void list_machine(const Program& program, const std::string& allocator,
                  const fs::path& cache_folder) {
  run::go_on_under_guard();
  const OrderlyEnd orderly;
  run::check_allocator(allocator);
  run::CaseSpec spec;
  spec.workload = "idle";
  spec.id = {.workload = "idle",
             .strategy = program.catalogs.reference_strategy,
             .input = "none",
             .allocator = allocator,
             .concurrency = 1,
             .cache = run::CacheState::kWarm};
  run::RunnerOptions options;
  options.work_parent = fs::absolute(cache_folder) / "work";
  run::CaseRunner runner(options);
  const run::Sample sample = runner.run_sample(spec);
  if (!sample.ok()) throw std::runtime_error("the idle child failed: " + sample.message);
  const std::uint64_t empty = empty_program_bytes();
  const std::uint64_t idle = sample.count("floor_rss_bytes").value_or(0);
  std::printf("machine\n");
  print_bytes("empty C program, resident", empty);
  print_bytes("idle child at window open", idle);
  print_bytes("child above the empty program", idle > empty ? idle - empty : 0);
  print_bytes("net peak of an idle window", sample.count("net_peak_rss_bytes").value_or(0));
  print_bytes("peak heap of an idle window", sample.count("peak_heap_bytes").value_or(0));
}

}  // namespace splitscope::cli
