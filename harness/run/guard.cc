#include "harness/run/guard.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>

#include "base/death.h"
#include "base/last_words.h"
#include "harness/run/cgroup.h"
#include "harness/run/process_tree.h"

namespace splitscope::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array kHandedOn{SIGTERM, SIGHUP, SIGINT, SIGQUIT};
// The child has 20 s for an orderly end and then a watchdog of its own.
constexpr std::chrono::seconds kPatience{25};
// timeout(1) and others send one request twice, to the process and to its group.
constexpr std::chrono::milliseconds kSameRequest{300};

bool is_ignored(int signal) noexcept {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

// What the guard waits for. A blocked signal is kept even if it is ignored, so those stay out.
sigset_t watched_signals() noexcept {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : kHandedOn) {
    if (!is_ignored(signal)) sigaddset(&watched, signal);
  }
  if (!is_ignored(SIGTSTP)) sigaddset(&watched, SIGTSTP);
  sigaddset(&watched, SIGCONT);
  sigaddset(&watched, SIGCHLD);
  return watched;
}

// The first way to ask the child for its end that it does not ignore.
int death_notice() noexcept {
  for (const int signal : kHandedOn) {
    if (!is_ignored(signal)) return signal;
  }
  return SIGKILL;
}

class Guard {
 public:
  Guard(pid_t child, const sigset_t& watched) noexcept : child_(child), watched_(watched) {}

  [[noreturn]] void stand() noexcept {
    for (;;) {
      reap();
      if (asked_at_ && Clock::now() > *asked_at_ + kPatience) ::kill(child_, SIGKILL);
      const timespec second{1, 0};
      siginfo_t info{};
      const int signal =
          asked_at_ ? ::sigtimedwait(&watched_, &info, &second) : ::sigwaitinfo(&watched_, &info);
      if (signal > 0) take(signal);
    }
  }

 private:
  void take(int signal) noexcept {
    if (signal == SIGCHLD) return;
    if (signal == SIGCONT) {
      ::kill(child_, SIGCONT);
      return;
    }
    if (signal == SIGTSTP) {
      ::kill(child_, SIGSTOP);
      std::raise(SIGSTOP);
      return;
    }
    const auto now = Clock::now();
    if (signal == asked_ && now < *asked_at_ + kSameRequest) return;
    ::kill(child_, signal);
    // A stopped one would hear of it only later.
    ::kill(child_, SIGCONT);
    if (!asked_at_) asked_at_ = now;
    asked_ = signal;
  }

  // The orphans too: they are this process's children.
  void reap() noexcept {
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid < 0 && errno == EINTR) continue;
      if (pid == child_) leave(status);
      if (pid < 0) ::_exit(EXIT_FAILURE);
      if (pid == 0) return;
    }
  }

  [[noreturn]] static void leave(int status) noexcept {
    if (may_have_descendants({})) (void)end_descendants({});
    if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
    const int signal = WTERMSIG(status);
    remove_dead_cgroups();
    // About all others it said something itself.
    if (signal == SIGKILL) {
      last_words({"the measuring process was killed by SIGKILL; what it had started is ended"});
    }
    ::_exit(exit_code_of_signal(signal));
  }

  pid_t child_;
  sigset_t watched_;
  std::optional<Clock::time_point> asked_at_;
  int asked_ = 0;
};

}  // namespace

void go_on_under_guard() {
  // Inherited as ignored from some parents, and then nobody could be waited for.
  std::signal(SIGCHLD, SIG_DFL);
  adopt_orphans();
  const sigset_t watched = watched_signals();
  const int notice = death_notice();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &watched, &before);
  const pid_t guard = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    const int error = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    throw std::system_error(error, std::generic_category(), "cannot start a second process");
  }
  if (child > 0) {
    ::prctl(PR_SET_NAME, "splitscope-guard");
    Guard(child, watched).stand();
  }
  ::setpgid(0, 0);
  // In the background of a terminal one may write all the same.
  std::signal(SIGTTOU, SIG_IGN);
  adopt_orphans();
  ::prctl(PR_SET_PDEATHSIG, notice);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  // It may have died before that; nothing has been made yet.
  if (::getppid() != guard) ::_exit(exit_code_of_signal(SIGKILL));
}

}  // namespace splitscope::run
