#include "harness/tree/terminal.h"

#include <sys/prctl.h>

#include <string>

#include "harness/tree/testing/session.h"
#include "harness/tree/testing/tree_case.h"
#include "tests/catch.h"

namespace splitscope::tree {
namespace {

const std::string kInterrupt = "\003";
const std::string kSuspend = "\032";

// Runs the script under a CommandTree: the exit status, or 100 + the signal.
int measure(const std::string& script, pid_t job_group, bool trace) {
  Launch launch = launch_of({"sh", "-c", script});
  launch.job_group = job_group;
  launch.trace = trace;
  const TreeEnd end = run(launch);
  return end.signal ? 100 + *end.signal : end.status.value_or(99);
}

// As harness/run/guard.cc does it: the job is a process that hands stops on to another one, which
// measures in a group of its own.
int measure_under_guard(const std::string& script, bool trace) {
  const pid_t guard = ::getpid();
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGTSTP, SIGCONT, SIGCHLD}) sigaddset(&watched, signal);
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setpgid(0, 0);
    ::signal(SIGTTOU, SIG_IGN);
    ::sigprocmask(SIG_UNBLOCK, &watched, nullptr);
    ::_exit(measure(script, guard, trace));
  }
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return WEXITSTATUS(status);
    int signal = 0;
    ::sigwait(&watched, &signal);
    if (signal == SIGTSTP) {
      ::kill(child, SIGSTOP);
      ::raise(SIGSTOP);
    } else if (signal == SIGCONT) {
      ::kill(child, SIGCONT);
    }
  }
}

struct Way {
  bool guarded;
  bool trace;
};

Session session_of(const std::string& script, const Way& way) {
  return Session([&] {
    return way.guarded ? measure_under_guard(script, way.trace) : measure(script, 0, way.trace);
  });
}

Way any_way() {
  const bool guarded = GENERATE(false, true);
  const bool trace = GENERATE(true, false);
  CAPTURE(guarded, trace);
  return {guarded, trace};
}

}  // namespace

TEST_CASE("a command reads from its terminal and sets it") {
  const Way way = any_way();
  Session session = session_of("stty -echo; echo ready; read x; echo \"got $x\"; stty echo", way);
  session.read_until("ready");
  session.type("some words\n");
  CHECK_THAT(session.read_until("[exit 0]"),
             test::contains("got some words") && test::contains("[terminal kept]"));
}

TEST_CASE("^C is the command's") {
  const Way way = any_way();
  Session session = session_of("echo ready; exec sleep 1000", way);
  session.read_until("ready");
  session.type(kInterrupt);
  CHECK_THAT(session.read_until("[exit 102]"), test::contains("[terminal kept]"));

  Session deaf = session_of("trap 'echo trapped' INT; echo ready; read x; read y; exit 5", way);
  deaf.read_until("ready");
  deaf.type(kInterrupt);
  CHECK_THAT(deaf.read_until("trapped"), test::contains("trapped"));
  deaf.type("one\ntwo\n");
  CHECK_THAT(deaf.read_until("[exit 5]"), test::contains("[exit 5]"));
}

TEST_CASE("a command is stopped and continued with its job") {
  const Way way = any_way();
  Session session = session_of("echo ready; read x; echo \"got $x\"; exit 4", way);
  for (int i = 0; i < 3; ++i) {
    if (i == 0) session.read_until("ready");
    session.type(kSuspend);
    REQUIRE_THAT(session.read_until("[stopped]"), test::contains("[stopped]"));
    session.type("fg\n");
    // Nothing tells when the command has the terminal again.
    ::usleep(50'000);
  }
  session.type("words\n");
  CHECK_THAT(session.read_until("[exit 4]"), test::contains("got words"));
}

TEST_CASE("a command in the background stops when it reads, and goes on in the foreground") {
  const Way way = any_way();
  Session session = session_of("echo ready; read x; echo \"got $x\"; exit 4", way);
  session.read_until("ready");
  session.type(kSuspend);
  REQUIRE_THAT(session.read_until("[stopped]"), test::contains("[stopped]"));
  session.type("bg\n");
  REQUIRE_THAT(session.read_until("[background]"), test::contains("[background]"));
  ::usleep(100'000);
  session.type("fg\n");
  ::usleep(100'000);
  session.type("words\n");
  CHECK_THAT(session.read_until("[exit 4]"), test::contains("got words"));
}

TEST_CASE("a job is stopped between a vfork and the child's exec too") {
  for (int i = 0; i < 10; ++i) {
    Session session =
        session_of("echo ready; while [ \"$i\" != xxxxxxxxxx ]; do i=x$i; /bin/true; done; exit 6",
                   {false, true});
    session.read_until("ready");
    session.type(kSuspend);
    REQUIRE_THAT(session.read_until("[stopped]"), test::contains("[stopped]"));
    session.type("fg\n");
    CHECK_THAT(session.read_until("[exit 6]"), test::contains("[exit 6]"));
  }
}

}  // namespace splitscope::tree
