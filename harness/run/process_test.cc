#include "harness/run/process.h"

#include <csignal>
#include <system_error>

#include "harness/run/outcome.h"
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

Exit run_shell(const std::string& script,
               std::chrono::milliseconds limit = std::chrono::milliseconds(60'000)) {
  Process process(shell(script));
  return process.wait(Clock::now() + limit);
}

}  // namespace

TEST_CASE("exit status and output come back") {
  const Exit exit = run_shell("echo out; echo err >&2; exit 3");
  CHECK(exit.status == 3);
  CHECK_FALSE(exit.signal);
  CHECK(exit.output_tail == "out\nerr\n");
}

TEST_CASE("of much output the last bytes are kept") {
  const Exit exit = run_shell("head -c 300000 /dev/zero | tr '\\0' x; echo end");
  CHECK(exit.output_tail.size() <= 8192);
  CHECK(last_line(exit.output_tail).ends_with("xxxend"));
}

TEST_CASE("a signal is told from an exit status") {
  const Exit exit = run_shell("kill -BUS $$");
  CHECK(exit.signal == SIGBUS);
  CHECK_FALSE(exit.status);
  CHECK(signal_name(SIGBUS) == "SIGBUS");
}

TEST_CASE("at the deadline the whole group goes") {
  // The grandchild holds the pipe; were it left alive, it would be there afterwards.
  Process process(shell("sleep 1000 & echo $!; wait"));
  const std::string grandchild = process.read_line(Clock::now() + std::chrono::seconds(30));
  const Exit exit = process.wait(Clock::now() + std::chrono::milliseconds(50));
  CHECK(exit.timed_out);
  REQUIRE_FALSE(grandchild.empty());
  // Dead, or a zombie that nobody has reaped yet.
  const Exit alive = run_shell("grep -q 'State:.[SRD]' /proc/" + grandchild + "/status");
  CHECK(alive.status != 0);
}

TEST_CASE("a command that is not there is named") {
  Command command = shell("");
  command.executable = "/nowhere/program";
  CHECK_THROWS_WITH(Process(command), test::contains("/nowhere/program"));
}

TEST_CASE("ticks come while a process runs") {
  Process process(shell("read line; exit 0"));
  int ticks = 0;
  Process sleeper(shell("sleep 0.2"));
  const Exit exit = sleeper.wait(Clock::now() + std::chrono::seconds(60),
                                 std::chrono::milliseconds(1), [&](pid_t) { ++ticks; });
  CHECK(exit.status == 0);
  CHECK(ticks > 0);
}

TEST_CASE("addresses are the same in every process") {
  if (!fixed_addresses_supported()) return;
  // The persona's bit itself: 0x0040000 is ADDR_NO_RANDOMIZE.
  const Exit fixed = run_shell("cat /proc/self/personality");
  CHECK_THAT(fixed.output_tail, test::contains("0004"));
}

TEST_CASE("the last line that says something") {
  CHECK(last_line("a\nb\n\n") == "b");
  CHECK(last_line("only") == "only");
  CHECK(last_line("\n\n").empty());
}

}  // namespace splitscope::run
