#include "harness/tree/terminal.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace splitscope::tree {
namespace {

// Between our asking for a stop and the guard's stopping of us.
constexpr std::chrono::seconds kStopsWithin{1};

// A group in the background is stopped when it does that, unless it blocks the signal.
void set_foreground(pid_t group) noexcept {
  sigset_t output;
  sigset_t before;
  sigemptyset(&output);
  sigaddset(&output, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &output, &before);
  (void)::tcsetpgrp(STDIN_FILENO, group);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace

Terminal::Terminal(const Launch& launch) noexcept {
  if (!launch.standard_input.empty()) return;
  const pid_t job = launch.job_group != 0 ? launch.job_group : ::getpgrp();
  // Fails where standard input is no terminal, or not this session's.
  if (::tcgetpgrp(STDIN_FILENO) != job) return;
  job_ = job;
  // The command takes it before it says a word.
  is_lent_ = true;
}

void Terminal::take_back() noexcept {
  if (job_ == 0) return;
  const int error = errno;
  // While our job is in the background the terminal is somebody else's.
  if (is_lent_) set_foreground(job_);
  is_lent_ = false;
  errno = error;
}

void Terminal::stop_job() noexcept {
  if (job_ == 0 || group_ == 0) return;
  take_back();
  resume_by_ = std::chrono::steady_clock::now() + kStopsWithin;
  ::kill(-job_, SIGTSTP);
}

void Terminal::go_on() noexcept {
  if (job_ == 0 || group_ == 0) return;
  resume_by_.reset();
  if (::tcgetpgrp(STDIN_FILENO) == job_) {
    set_foreground(group_);
    is_lent_ = true;
  }
  ::kill(-group_, SIGCONT);
}

}  // namespace splitscope::tree
