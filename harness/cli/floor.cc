#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/death.h"
#include "base/errors.h"
#include "base/file_error.h"
#include "base/output_place.h"
#include "base/printable.h"
#include "harness/cli/floor_subject.h"
#include "harness/cli/program.h"
#include "harness/cli/seconds.h"
#include "harness/result/console_progress.h"
#include "harness/result/context.h"
#include "harness/result/floor_report.h"
#include "harness/run/cache_state.h"
#include "harness/run/guard.h"

namespace splitscope::cli {

namespace fs = std::filesystem;

namespace {

// A cgroup never needs more than there is; reservations, which RLIMIT_DATA counts, may be far more.
constexpr std::uint64_t kCgroupTimesMemory = 2;
constexpr std::uint64_t kDataTimesMemory = 16;
// Where is looked first when no peak is known.
constexpr std::uint64_t kUsualFirstBytes = 16 << 20;

std::uint64_t machine_bytes() {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

run::CapKind kind_of(const FloorOptions& options, std::string& no_cgroup_because) {
  if (options.held_by == "rlimit_data") return run::CapKind::kDataLimit;
  if (run::can_limit_cgroup(&no_cgroup_because)) {
    no_cgroup_because.clear();
    return run::CapKind::kCgroup;
  }
  if (options.held_by == "cgroup") {
    throw UsageError("no memory cap can be set by a cgroup: " + no_cgroup_because +
                     "; --held-by rlimit_data takes another kind of cap");
  }
  return run::CapKind::kDataLimit;
}

// Under RLIMIT_DATA the page cache does not count, so that nothing has to be evicted.
std::vector<fs::path> to_evict(const FloorSubject& subject, run::CapKind kind) {
  return kind == run::CapKind::kCgroup ? subject.inputs : std::vector<fs::path>();
}

std::string why_not_evicted(const std::vector<fs::path>& inputs) {
  try {
    return run::set_cache_state(inputs, run::CacheState::kCold).value_or("");
  } catch (const std::system_error& error) {
    return error.what();
  }
}

run::Probe probe_of(const run::Sample& sample) {
  return {sample.status, sample.message, sample.value("wall_ms")};
}

class FloorFinder {
 public:
  FloorFinder(FloorSubject subject, const FloorOptions& options)
      : subject_(std::move(subject)), options_(options), progress_(stderr) {
    report_.case_id = subject_.case_id;
    report_.command = subject_.command;
    report_.capped_by = kind_of(options, report_.no_cgroup_because);
    const auto inputs = to_evict(subject_, report_.capped_by);
    report_.inputs = inputs.size();
    report_.not_evicted_because = why_not_evicted(inputs);
  }

  /// False when it does not even end rightly without a cap.
  bool find() {
    if (!observe()) return false;
    report_.rule.first_cap_bytes = first_cap_bytes();
    report_.rule.largest_cap_bytes =
        machine_bytes() *
        (report_.capped_by == run::CapKind::kCgroup ? kCgroupTimesMemory : kDataTimesMemory);
    report_.floor = run::find_floor(
        report_.rule, run::median_of(uncapped_ms_).value_or(0),
        [this](std::optional<std::uint64_t> cap, std::chrono::milliseconds timeout) {
          return probe_of(run_once({cap, report_.capped_by, around(timeout), evicts(), false}));
        },
        [this](const run::TriedCap& tried) { progress_.note(result::text_of(tried)); });
    return true;
  }

  [[nodiscard]] const result::FloorReport& report() const { return report_; }
  /// Why find() was false.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  [[nodiscard]] bool evicts() const {
    return report_.inputs > 0 && report_.not_evicted_because.empty();
  }

  // A case's timeout is for all of its process, its time that of its window.
  [[nodiscard]] std::chrono::milliseconds around(std::chrono::milliseconds timeout) const {
    return timeout + std::chrono::milliseconds(
                         std::llround(report_.rule.timeout_factor * outside_window_ms_));
  }

  run::Sample run_once(const FloorTry& how) {
    throw_if_dying();
    const auto begin = std::chrono::steady_clock::now();
    run::Sample sample = subject_.run(how);
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - begin;
    if (!how.cap_bytes && sample.ok()) {
      outside_window_ms_ = std::max(
          outside_window_ms_, taken.count() - sample.value("wall_ms").value_or(taken.count()));
    }
    if (how.cap_bytes && sample.status == run::Status::kTimedOut) {
      sample.message = fmt::format("given up after {:.1f} s", taken.count() / 1000);
    }
    return sample;
  }

  bool observe() {
    FloorTry how;
    how.timeout = std::chrono::milliseconds(std::llround(options_.timeout_s * 1000));
    how.evict = evicts();
    how.observe = true;
    report_.observed = std::move(subject_.result);
    if (!keep(run_once(how), report_.observed.samples)) return false;
    how.observe = false;
    // A case is measured in full each time, and all of that is worth having.
    std::vector<run::Sample> plain;
    auto& samples = subject_.command.empty() ? report_.observed.samples : plain;
    for (int i = 0; i < report_.rule.repetitions; ++i) {
      if (!keep(run_once(how), samples)) return false;
      uncapped_ms_.push_back(samples.back().value("wall_ms").value_or(0));
    }
    progress_.note(fmt::format("without a cap: {:.1f} ms", *run::median_of(uncapped_ms_)));
    return true;
  }

  bool keep(run::Sample sample, std::vector<run::Sample>& samples) {
    if (!sample.ok()) {
      failure_ = "does not end rightly without a cap either: " +
                 std::string(run::to_string(sample.status)) + ": " + printable(sample.message);
      return false;
    }
    samples.push_back(std::move(sample));
    return true;
  }

  [[nodiscard]] std::uint64_t first_cap_bytes() const {
    for (const char* key : {"peak_rss_bytes", "cgroup_peak_bytes"}) {
      if (const auto peak = report_.observed.samples.front().count(key)) return *peak;
    }
    return kUsualFirstBytes;
  }

  FloorSubject subject_;
  const FloorOptions& options_;
  result::ConsoleProgress progress_;
  result::FloorReport report_;
  std::vector<double> uncapped_ms_;
  // The most that a try without a cap took before and after its window.
  double outside_window_ms_ = 0;
  std::string failure_;
};

// The folder for floor.json, checked before anything is measured.
class FloorOutput {
 public:
  FloorOutput(const fs::path& folder, const std::vector<fs::path>& inputs) : folder_(folder) {
    std::error_code error;
    made_ = fs::create_directories(folder, error);
    if (error) throw FileError("create", folder, error.value());
    place_.emplace(OutputPlace::for_file(folder / "floor.json", inputs));
  }
  FloorOutput(const FloorOutput&) = delete;
  FloorOutput& operator=(const FloorOutput&) = delete;
  ~FloorOutput() {
    place_.reset();
    std::error_code ignored;
    // Goes only when nothing lies in it.
    if (made_) fs::remove(folder_, ignored);
  }

  void write(const std::string& text) {
    place_.reset();
    write_whole_file(folder_ / "floor.json", text, Sync::kYes);
    std::fprintf(stderr, "%s\n", printable((folder_ / "floor.json").native()).c_str());
  }

 private:
  fs::path folder_;
  bool made_ = false;
  std::optional<OutputPlace> place_;
};

nlohmann::ordered_json context_of(const Program& program, const FloorOptions& options) {
  result::ContextOptions context;
  context.command_line = program.command_line;
  context.work_folder =
      program.command_words.empty() ? fs::absolute(options.cache_folder) : fs::current_path();
  return result::collect_context(context);
}

void check_options(const Program& program, const FloorOptions& options) {
  if (program.command_words.empty()) {
    if (!options.standard_input.empty()) throw UsageError("--stdin is for commands only");
    return;
  }
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string&>("--workload", options.workload),
        {"--strategy", options.strategy},
        {"--allocator", options.allocator},
        {"--cache", options.cache}}) {
    if (!value.empty()) throw UsageError(std::string(name) + " is for cases, not for commands");
  }
  if (!options.case_id.empty()) {
    throw UsageError("a case and a command at once: '" + shortened(options.case_id, 80) +
                     "' stands before --");
  }
}

void floor(Program& program, const FloorOptions& options) {
  check_options(program, options);
  run::go_on_under_guard();
  const OrderlyEnd orderly;
  FloorSubject subject = program.command_words.empty() ? case_subject(program, options)
                                                       : command_subject(program, options);
  std::optional<FloorOutput> output;
  if (!options.out.empty()) output.emplace(options.out, subject.inputs);
  FloorFinder finder(std::move(subject), options);
  if (!finder.find()) {
    std::fprintf(stderr, "splitscope: %s\n", finder.failure().c_str());
    program.exit_code = kCaseFailed;
    return;
  }
  const result::FloorReport& report = finder.report();
  if (!report.floor.smallest_passing_bytes) program.exit_code = kCaseFailed;
  if (options.json || output) {
    const std::string text = result::to_json(context_of(program, options), report).dump(2) + "\n";
    if (output) output->write(text);
    if (options.json) {
      std::fputs(text.c_str(), stdout);
      return;
    }
  }
  std::fputs(result::render_text(report).c_str(), stdout);
}

}  // namespace

void add_floor(CLI::App& app, Program& program) {
  auto options = std::make_shared<FloorOptions>();
  options->cache_folder = run::default_cache_folder();
  program.verbs_with_command_after_dashes.insert("floor");
  CLI::App* verb = app.add_subcommand(
      "floor", "The smallest memory cap that is enough: of a case, or floor [options] -- command");
  verb->add_option("case", options->case_id,
                   "Id of a case: merge/streaming/logs-5x4MB/system/c1/warm");
  verb->add_option("--workload", options->workload, "Instead of an id, or other than in it");
  verb->add_option("--strategy", options->strategy, "Instead of an id, or other than in it");
  verb->add_option("--input", options->inputs,
                   "Your own splits or index folder, or logs-5x4MB; of a command: files it reads");
  verb->add_option("--allocator", options->allocator, "system, jemalloc or tcmalloc");
  verb->add_option("--cache", options->cache, "Page cache at the start: warm or cold");
  verb->add_option("--held-by", options->held_by,
                   "What holds the cap: auto is a cgroup where permitted, else rlimit_data")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "cgroup", "rlimit_data"}));
  verb->add_option("--timeout", options->timeout_s, "Seconds that it may take without a cap")
      ->capture_default_str()
      ->check(seconds());
  verb->add_option("--stdin", options->standard_input,
                   "File for a command's standard input; else it has none");
  verb->add_option("--cache-dir", options->cache_folder,
                   "Where generated inputs are kept and samples run");
  verb->add_option("--out", options->out, "Folder for floor.json");
  verb->add_flag("--json", options->json, "For programs");
  verb->callback([options, &program] { floor(program, *options); });
}

}  // namespace splitscope::cli
