#include "harness/run/process_tree.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "harness/run/process.h"
#include "tests/catch.h"

namespace splitscope::run {
namespace {

using Clock = std::chrono::steady_clock;

Command shell(const std::string& script) {
  Command command;
  command.executable = "/bin/sh";
  command.arguments = {"sh", "-c", script};
  command.environment = {"PATH=/usr/bin:/bin"};
  return command;
}

Clock::time_point soon() { return Clock::now() + std::chrono::seconds(30); }

bool alive(pid_t pid) {
  ProcessLine line;
  return read_process_line(pid, line) == Look::kSeen && !line.zombie;
}

// Reads the numbers that the script prints, one a line.
std::vector<pid_t> read_pids(Process& process, std::size_t count) {
  std::vector<pid_t> pids;
  while (pids.size() < count) pids.push_back(std::stoi(process.read_line(soon())));
  return pids;
}

// Each prints one number: a process that its starter has lost sight of, in its own way.
const std::vector<std::string>& escapes() {
  static const std::vector<std::string> scripts{
      "sleep 1000 & echo $!",                                           // in the group
      "setsid sh -c 'echo $$; exec sleep 1000' &",                      // in a session of its own
      "(sh -c 'echo $$; exec sleep 1000' &)",                           // an orphan
      "(setsid sh -c '(sh -c \"echo \\$\\$; exec sleep 1000\" &)' &)",  // a daemon, forked twice
      "env -i setsid sh -c 'echo $$; exec sleep 1000' &",               // without an environment
      "nohup sh -c 'echo $$; exec sleep 1000' 2>&1 &",                  // deaf for HUP
      "sh -c 'trap \"\" TERM HUP INT; echo $$; sleep 1000; sleep 1000' &",  // deaf for all of them
      "sh -c 'echo $$; kill -STOP $$; sleep 1000' &",                       // stopped
  };
  return scripts;
}

}  // namespace

TEST_CASE("a process line is read, and one of nobody is not") {
  ProcessLine line;
  REQUIRE(read_process_line(getpid(), line) == Look::kSeen);
  CHECK(line.parent == getppid());
  CHECK_FALSE(line.zombie);
  CHECK_FALSE(line.stopped);
  // Beyond the kernel's largest number.
  CHECK(read_process_line(1 << 30, line) == Look::kGone);
}

TEST_CASE("what a command leaves behind ends with it, however it hid, and is counted") {
  for (const std::string& escape : escapes()) {
    INFO(escape);
    Process process(shell(escape + "\nread line < /dev/null; exit 7"));
    const pid_t hidden = read_pids(process, 1).front();
    const Exit exit = process.wait(soon());
    CHECK(exit.status == 7);
    CHECK_FALSE(exit.timed_out);
    CHECK(exit.left_behind >= 1);
    CHECK_FALSE(alive(hidden));
  }
}

TEST_CASE("at the deadline everything goes, however it hid") {
  std::string script;
  for (const std::string& escape : escapes()) script += escape + "\n";
  Process process(shell(script + "sleep 1000"));
  const std::vector<pid_t> hidden = read_pids(process, escapes().size());
  const Exit exit = process.wait(Clock::now());
  CHECK(exit.timed_out);
  for (const pid_t pid : hidden) CHECK_FALSE(alive(pid));
}

TEST_CASE("the destructor ends everything") {
  std::vector<pid_t> hidden;
  {
    std::string script;
    for (const std::string& escape : escapes()) script += escape + "\n";
    Process process(shell(script + "sleep 1000"));
    hidden = read_pids(process, escapes().size());
    hidden.push_back(process.pid());
  }
  for (const pid_t pid : hidden) CHECK_FALSE(alive(pid));
}

TEST_CASE("a tree that grows while it is ended is ended") {
  // Each generation starts the next and ends; every TERM is answered with one more.
  Process process(
      shell("grow() { trap '(grow) & exit' TERM; while :; do (sleep 0.01) & wait $!; done; }\n"
            "(grow) & (grow) &\necho ready\nexit 0"));
  CHECK(process.read_line(soon()) == "ready");
  const Exit exit = process.wait(soon());
  CHECK(exit.left_behind >= 2);
  CHECK_FALSE(may_have_descendants({}));
}

TEST_CASE("the end of one process spares the other and what that started") {
  Process other(shell("sleep 1000 & echo $!; wait"));
  const pid_t others_child = read_pids(other, 1).front();
  {
    Process process(shell("setsid sleep 1000 & sleep 1000"));
    const Exit exit = process.wait(Clock::now() + std::chrono::milliseconds(20));
    CHECK(exit.timed_out);
  }
  CHECK(alive(other.pid()));
  CHECK(alive(others_child));
  const std::array<pid_t, 1> known{other.pid()};
  CHECK_FALSE(may_have_descendants(known));
  other.end();
  CHECK_FALSE(alive(others_child));
}

TEST_CASE("a command that leaves nothing costs no second look") {
  Process process(shell("exit 0"));
  const Exit exit = process.wait(soon());
  CHECK(exit.left_behind == 0);
  CHECK_FALSE(may_have_descendants({}));
}

}  // namespace splitscope::run
