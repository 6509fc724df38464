#include "harness/tree/command_tree.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/death.h"
#include "harness/tree/testing/tree_case.h"
#include "tests/catch.h"

namespace splitscope::tree {
namespace {

constexpr int kRepetitions = 20;
constexpr std::uint64_t kMiB = 1024 * 1024;

// Every process that told its marks has a row with the highest of them, and says so exactly; where
// it was only looked at, with no more than that.
void check_rows(const Told& told, bool traced = true) {
  for (const auto& [pid, marks] : told.truth) {
    const ProcessRecord* const row = told.row(pid);
    REQUIRE(row != nullptr);
    const std::uint64_t truth = *std::max_element(marks.begin(), marks.end());
    if (!traced) {
      const std::uint64_t seen = row->peak_rss_bytes.value_or(0);
      INFO("pid " << pid << " says " << truth << ", seen " << seen);
      CHECK((seen <= truth || is_close(seen, truth)));
      CHECK(row->peak_source == Source::kAtLeast);
      CHECK_FALSE(row->end_anon_bytes);
      continue;
    }
    REQUIRE(row->peak_rss_bytes);
    INFO("pid " << pid << " says " << truth << ", measured " << *row->peak_rss_bytes);
    CHECK(is_close(*row->peak_rss_bytes, truth));
    CHECK(row->peak_source == Source::kExact);
    CHECK(row->end_anon_bytes);
    CHECK(is_close(row->image_peak_rss_bytes.value_or(0), marks.back()));
  }
}

}  // namespace

TEST_CASE("a single process has its exact peak at any size") {
  const auto [subject, size, least] = GENERATE(
      std::tuple(SPLITSCOPE_SUBJECT, "0", 0), std::tuple(SPLITSCOPE_SUBJECT, "4", 4),
      std::tuple(SPLITSCOPE_SUBJECT, "64", 64), std::tuple(SPLITSCOPE_SUBJECT_STATIC, "0", 0),
      std::tuple(SPLITSCOPE_SUBJECT_STATIC, "4", 4));
  CAPTURE(subject, size);
  for (int i = 0; i < kRepetitions; ++i) {
    const Told told = run_subject({"touch", size}, true, subject);
    REQUIRE(told.end.trace_absent_because.empty());
    REQUIRE(told.end.status == 0);
    REQUIRE(told.truth.size() == 1);
    check_rows(told);
    CHECK(told.end.processes_seen == 1);
    CHECK(told.end.rss_peak_source == Source::kExact);
    CHECK(is_close(told.end.rss_peak_bytes, told.truth.begin()->second.back()));
    CHECK(told.end.rss_peak_bytes >= static_cast<std::uint64_t>(least) * kMiB);
    for (const TreeInstant& instant : told.end.timeline) {
      CHECK(instant.rss_bytes <= told.end.rss_peak_bytes);
    }
  }
}

TEST_CASE("nothing of this process is in the figures of a tiny one") {
  const std::vector<char> ballast(64 * kMiB, 1);
  for (int i = 0; i < kRepetitions; ++i) {
    const TreeEnd end = run(launch_of({"true"}));
    REQUIRE(end.processes.size() == 1);
    CHECK(end.processes[0].peak_rss_bytes.value_or(~0ULL) < 3 * kMiB);
    CHECK(end.largest_waited_for_bytes < 3 * kMiB);
  }
  CHECK(ballast.back() == 1);
}

TEST_CASE("processes that live at one time are summed, however they were started") {
  const std::string how = GENERATE("fork", "vfork", "spawn", "daemon");
  CAPTURE(how);
  for (int i = 0; i < kRepetitions; ++i) {
    const Told told = run_subject({"together", "20", how, "3"});
    REQUIRE(told.end.status == 0);
    REQUIRE(told.truth.size() == 4);
    check_rows(told);
    std::uint64_t sum = 0;
    for (const auto& [pid, marks] : told.truth) sum += marks.back();
    INFO("truth " << sum << ", measured " << told.end.rss_peak_bytes);
    CHECK(is_close(told.end.rss_peak_bytes, sum));
    CHECK(told.end.peaks.rss.processes >= 4);
    CHECK(told.end.peaks.anon.anon_bytes >= 60 * kMiB);
    REQUIRE(told.end.pss_peak);
    CHECK(told.end.pss_peak->pss_bytes <= told.end.rss_peak_bytes);
  }
}

TEST_CASE("a child is seen though its parent ignores its children's ends") {
  const Told told = run_subject({"ignore-children", "32"});
  REQUIRE(told.truth.size() == 2);
  check_rows(told);
  CHECK(told.end.processes_seen == 2);
}

TEST_CASE("an image that exec replaced counts for its process") {
  for (int i = 0; i < kRepetitions; ++i) {
    const Told told = run_subject({"exec-chain", "100"});
    REQUIRE(told.end.status == 0);
    REQUIRE(told.truth.size() == 1);
    REQUIRE(told.truth.begin()->second.size() == 2);
    check_rows(told);
    CHECK(told.end.processes.at(0).image_peak_rss_bytes.value_or(0) < 4 * kMiB);
  }
}

TEST_CASE("threads are one process, whichever of them ends last or becomes another program") {
  const std::string what = GENERATE("threads", "first-thread-leaves", "thread-execs");
  CAPTURE(what);
  for (int i = 0; i < kRepetitions; ++i) {
    const Told told = run_subject({what, "8"});
    REQUIRE(told.end.status == 0);
    CHECK(told.end.processes_seen == 1);
    REQUIRE(told.truth.size() == 1);
    if (what == "thread-execs") {
      const ProcessRecord& row = told.end.processes.at(0);
      CHECK(row.peak_rss_bytes.value_or(0) >= 8 * kMiB);
      CHECK(row.image_peak_rss_bytes.value_or(~0ULL) < 4 * kMiB);
    } else {
      check_rows(told);
    }
  }
}

TEST_CASE("a process that is killed has its peak all the same") {
  const Told told = run_subject({"killed", "16"});
  CHECK(told.end.signal == SIGKILL);
  CHECK(!told.end.status);
  check_rows(told);
  CHECK(told.end.processes.at(0).signal == SIGKILL);
}

TEST_CASE("memory that two processes share by clone is counted once") {
  const Told told = run_subject({"shared-clone", "32"});
  REQUIRE(told.end.status == 0);
  REQUIRE(told.end.processes.size() == 2);
  const std::uint64_t truth = told.truth.begin()->second.back();
  CHECK(is_close(told.end.rss_peak_bytes, truth));
  CHECK(!told.end.processes.at(1).peak_rss_bytes);
}

TEST_CASE("what outlives the first process is ended, deaf or not, and counted") {
  const bool trace = GENERATE(true, false);
  CAPTURE(trace);
  const Told told = run_subject({"leave-behind", "4"}, trace);
  CHECK(told.end.status == 0);
  CHECK(told.end.left_behind == 1);
  REQUIRE(told.truth.size() == 1);
  CHECK(::kill(told.truth.begin()->first, 0) == -1);
  if (trace) check_rows(told);
}

TEST_CASE("a process that cannot be traced is ended too") {
  const TreeEnd end = run(launch_of({SPLITSCOPE_SUBJECT, "untraced-clone", "0"}));
  CHECK(end.status == 0);
  CHECK(end.left_behind == 1);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("descendants can be waited for instead") {
  const bool trace = GENERATE(true, false);
  const test::TemporaryFolder folder;
  Launch launch = launch_of(
      {"sh", "-c", "(sleep 0.1; echo done > \"$0\") & exit 3", (folder / "late").string()});
  launch.wait_for_descendants = true;
  launch.trace = trace;
  const TreeEnd end = run(launch);
  CHECK(end.status == 3);
  CHECK(end.left_behind == 0);
  CHECK(std::filesystem::exists(folder / "late"));
}

TEST_CASE("at the deadline the whole tree is ended") {
  const bool trace = GENERATE(true, false);
  Launch launch = launch_of({"sh", "-c", "sleep 1000 & sleep 1000; true"});
  launch.trace = trace;
  CommandTree tree(launch);
  const TreeEnd end = tree.wait(std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
  CHECK(end.timed_out);
  CHECK(end.signal == SIGTERM);
  CHECK(end.left_behind == 2);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a tree that nobody waits for ends with its object") {
  pid_t pid = 0;
  {
    const CommandTree tree(launch_of({"sleep", "1000"}));
    pid = tree.pid();
    CHECK(::kill(pid, 0) == 0);
  }
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("a signal that asks for the end ends the tree first") {
  const bool trace = GENERATE(true, false);
  CAPTURE(trace);
  constexpr int kInterrupted = 42;
  const test::TemporaryFolder folder;
  const auto pids = folder / "pids";
  const pid_t measuring = ::fork();
  if (measuring == 0) {
    install_death_handlers();
    const OrderlyEnd orderly;
    Launch launch = launch_of(
        {"sh", "-c", "sleep 1000 & echo $$ $! > \"$0\"; kill -TERM $PPID; wait", pids.string()});
    launch.trace = trace;
    try {
      (void)run(launch);
    } catch (const Interrupted& interrupted) {
      ::_exit(interrupted.signal == SIGTERM ? kInterrupted : 1);
    }
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(measuring, &status, 0) == measuring);
  CHECK(WEXITSTATUS(status) == kInterrupted);
  std::ifstream in(pids);
  int count = 0;
  for (pid_t pid = 0; in >> pid; ++count) CHECK(::kill(pid, 0) == -1);
  CHECK(count == 2);
}

TEST_CASE("without ptrace the first process is exact when it is alone, and the reason is said") {
  const Told told = run_subject({"touch", "16"}, false);
  CHECK(told.end.trace_absent_because == "switched off");
  check_rows(told, false);
  const Told tree = run_subject({"together", "20", "fork", "3"}, false);
  CHECK(tree.end.processes.at(0).peak_source == Source::kAtLeast);
  CHECK(tree.end.largest_waited_for_bytes >= 20 * kMiB);
}

}  // namespace splitscope::tree
