#include "harness/run/case_runner.h"

#include <cstdlib>
#include <fstream>

#include "base/testing/sanitizer.h"
#include "base/testing/temporary_folder.h"
#include "harness/run/allocators.h"
#include "tests/catch.h"

namespace splitscope::run {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1024 * 1024;
// AddressSanitizer catches the signal and ends the process with words of its own.
constexpr const char* kSegfaultWords = test::kSanitized ? "without a result" : "SIGSEGV";

RunnerOptions options_in(const fs::path& folder) {
  RunnerOptions options;
  options.program = SPLITSCOPE_FAKE_CHILD;
  options.work_parent = folder;
  return options;
}

CaseSpec spec_of(const std::string& workload, const std::string& strategy = "any") {
  CaseSpec spec;
  spec.workload = workload;
  spec.id = {workload, strategy, "none", "system", 1, CacheState::kWarm};
  return spec;
}

Sample run_one(const CaseSpec& spec) {
  const test::TemporaryFolder folder;
  CaseRunner runner(options_in(folder.path()));
  Sample sample = runner.run_sample(spec);
  // Whatever happened, nothing of it stays.
  CHECK(fs::is_empty(folder.path()));
  return sample;
}

}  // namespace

TEST_CASE("a sample that is ok carries measures and the proven digest") {
  const Sample sample = run_one(spec_of("ok"));
  INFO(sample.message);
  REQUIRE(sample.status == Status::kOk);
  CHECK(sample.message.empty());
  CHECK(sample.output_digest == "sha256:same");
  CHECK(sample.input_bytes == 100);
  CHECK(sample.output_bytes == 10);
  CHECK(sample.count("peak_rss_bytes").value_or(0) > 0);
  CHECK(sample.value("wall_ms").has_value());
  CHECK_FALSE(sample.timeline.empty());
}

TEST_CASE("each way to fail has its status and one line that says why") {
  struct Expected {
    const char* workload;
    Status status;
    const char* message;
  };
  for (const Expected& expected : {
           Expected{"malformed", Status::kRefused, "in/0: at byte 7: bad magic"},
           Expected{"unreadable", Status::kRefused, "Permission denied"},
           Expected{"bug", Status::kCrashed, "uncaught error in run: index out of range"},
           Expected{"no-memory", Status::kCrashed, "out of memory in run"},
           Expected{"odd", Status::kCrashed, "unknown kind in run"},
           Expected{"segfault", Status::kCrashed, kSegfaultWords},
           Expected{"abort", Status::kCrashed, "SIGABRT; its last words: assertion failed"},
           Expected{"exit", Status::kCrashed, "exit status 9 and without a result"},
           Expected{"killed", Status::kCrashed, "SIGKILL"},
           Expected{"wrong", Status::kWrongOutput, "document 3 differs"},
           Expected{"broken-output", Status::kWrongOutput, "out/0: at byte 1: bad magic"},
           Expected{"nowhere", Status::kRefused, "workload 'nowhere' is unknown"},
       }) {
    const Sample sample = run_one(spec_of(expected.workload));
    INFO(expected.workload);
    CHECK(to_string(sample.status) == to_string(expected.status));
    CHECK_THAT(sample.message, test::contains(expected.message));
    CHECK(sample.message.find('\n') == std::string::npos);
  }
}

TEST_CASE("an option that the workload refuses is named on one line") {
  CaseSpec spec = spec_of("refuse");
  spec.options["colour"] = "red";
  const Sample sample = run_one(spec);
  CHECK(sample.status == Status::kRefused);
  CHECK(sample.message == "no option 'colour' here");
}

TEST_CASE("a child that hangs and ignores SIGTERM is killed") {
  CaseSpec spec = spec_of("hang");
  spec.timeout = std::chrono::milliseconds(200);
  const Sample sample = run_one(spec);
  CHECK(sample.status == Status::kTimedOut);
  CHECK_THAT(sample.message, test::contains("did not end within 0.2 s"));
  // It was watched until then.
  CHECK_FALSE(sample.timeline.empty());
}

TEST_CASE("what a child did before it crashed is kept") {
  const Sample sample = run_one(spec_of("segfault"));
  CHECK(sample.count("peak_rss_anon_bytes").value_or(0) > 0);
  CHECK_FALSE(sample.value("wall_ms").has_value());
}

TEST_CASE("an input that is not there is a refusal of its own case") {
  CaseSpec spec = spec_of("ok");
  spec.inputs = {"/nowhere/a.split"};
  const Sample sample = run_one(spec);
  CHECK(sample.status == Status::kRefused);
  CHECK_THAT(sample.message, test::contains("a.split"));
}

TEST_CASE("32 MiB on the heap show as such") {
  if (!test::heap_is_counted()) return;
  const Sample sample = run_one(spec_of("allocate"));
  REQUIRE(sample.ok());
  const std::uint64_t heap = sample.count("peak_heap_bytes").value_or(0);
  CHECK(heap >= 32 * kMiB);
  CHECK(heap < 32 * kMiB + 64 * 1024);
  CHECK(sample.count("heap_allocations") == 1);
  // The block was short-lived; the sample at its release is what saw it.
  CHECK(sample.count("net_peak_rss_anon_bytes").value_or(0) >= 32 * kMiB);
  CHECK(sample.count("net_peak_rss_bytes").value_or(0) >= 32 * kMiB);
  REQUIRE(sample.heap_sizes);
  CHECK(sample.heap_sizes->count(32 * kMiB) == 1);
}

TEST_CASE("32 MiB mapped show as mapped, not as heap") {
  if (!test::heap_is_counted()) return;
  const Sample sample = run_one(spec_of("map"));
  REQUIRE(sample.ok());
  CHECK(sample.count("mmap_anon_peak_bytes") == 32 * kMiB);
  CHECK(sample.count("peak_heap_bytes").value_or(kMiB) < kMiB);
  CHECK(sample.count("net_peak_rss_bytes").value_or(0) >= 32 * kMiB);
}

TEST_CASE("phases, counters and read sizes come through") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "a.bin") << std::string(5000, 'x');
  CaseRunner runner(options_in(folder.path() / "work"));
  CaseSpec spec = spec_of("phases");
  spec.inputs = {folder.path() / "a.bin"};
  const Sample sample = runner.run_sample(spec);
  INFO(sample.message);
  REQUIRE(sample.ok());
  REQUIRE(sample.phases.size() == 2);
  CHECK(sample.phases[0].name == "one");
  CHECK(sample.phases[1].name == "two");
  CHECK(sample.phases[0].end_us <= sample.phases[1].start_us);
  // However short they are: the child looks at each boundary.
  for (const record::Phase& phase : sample.phases) {
    CHECK(phase.peak_rss_anon_bytes <= sample.count("peak_rss_anon_bytes"));
    CHECK(phase.peak_rss_file_bytes <= sample.count("peak_rss_file_bytes"));
    CHECK(phase.peak_rss_shmem_bytes <= sample.count("peak_rss_shmem_bytes"));
  }
  CHECK(sample.count("things") == 7);
  CHECK(sample.count("bytes_requested") == 5000);
  CHECK(sample.expected_peak_bytes == 10000);
  REQUIRE(sample.read_sizes);
  CHECK(*sample.read_sizes == Histogram{{4096, 1}});
}

TEST_CASE("instances that run at once add up") {
  CaseSpec spec = spec_of("phases");
  spec.id.concurrency = 3;
  const Sample sample = run_one(spec);
  INFO(sample.message);
  REQUIRE(sample.ok());
  CHECK(sample.count("things") == 21);
  CHECK(sample.input_bytes == 300);
  CHECK(sample.phases.size() == 2);
}

TEST_CASE("a strategy whose output differs from the others' is found out") {
  const test::TemporaryFolder folder;
  CaseRunner runner(options_in(folder.path()));
  CHECK(runner.run_sample(spec_of("by-strategy", "first")).status == Status::kOk);
  const Sample second = runner.run_sample(spec_of("by-strategy", "second"));
  CHECK(second.status == Status::kWrongOutput);
  CHECK_THAT(second.message, test::contains("differs from that of strategy first"));
  CHECK(runner.run_sample(spec_of("by-strategy", "first")).status == Status::kOk);
}

TEST_CASE("neither the user's environment nor the folder shows in the heap figures") {
  if (!test::heap_is_counted()) return;
  const test::TemporaryFolder folder;
  CaseRunner here(options_in(folder.path()));
  const Sample first = here.run_sample(spec_of("environment"));
  setenv("SPLITSCOPE_TEST_NOISE", std::string(5000, 'n').c_str(), 1);
  CaseRunner there(options_in(folder.path() / std::string(200, 'd') / std::string(200, 'e')));
  const Sample second = there.run_sample(spec_of("environment"));
  unsetenv("SPLITSCOPE_TEST_NOISE");
  REQUIRE(first.ok());
  REQUIRE(second.ok());
  CHECK(first.count("peak_heap_bytes").value_or(0) > 1000);
  CHECK(first.count("peak_heap_bytes") == second.count("peak_heap_bytes"));
  CHECK(first.count("heap_requested_bytes") == second.count("heap_requested_bytes"));
}

TEST_CASE("every installed allocator is measured") {
  if (!test::heap_is_counted()) return;
  for (const std::string& name : allocator_names()) {
    if (name != "system" && !allocator_library(name)) continue;
    CaseSpec spec = spec_of("allocate");
    spec.id.allocator = name;
    const Sample sample = run_one(spec);
    INFO(name << " " << sample.message);
    REQUIRE(sample.ok());
    CHECK(sample.count("peak_heap_bytes").value_or(0) >= 32 * kMiB);
  }
}

}  // namespace splitscope::run
