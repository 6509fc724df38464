// A terminal with a shell of a few lines that runs one job, for tests of job control.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>

namespace splitscope::tree {

/// The job is a process group of its own in the foreground. When it stops the shell says
/// "[stopped]" and waits for a line: "fg" continues it in the foreground, "bg" in the background
/// and then waits for the next line. At its end it says "[exit N]", and "[terminal kept]" if the
/// job's group was still the foreground.
class Session {
 public:
  explicit Session(const std::function<int()>& job) {
    leader_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (leader_ == 0) ::_exit(lead(job));
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    ::close(terminal_);
    ::kill(leader_, SIGKILL);
    ::waitpid(leader_, nullptr, 0);
  }

  void type(const std::string& text) const { (void)!::write(terminal_, text.data(), text.size()); }

  /// What came up to and with `text`, since the last call; what there is when it does not come.
  std::string read_until(const std::string& text) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::array<char, 256> piece;
    while (seen_.find(text) == std::string::npos && std::chrono::steady_clock::now() < limit) {
      pollfd watched{terminal_, POLLIN, 0};
      if (::poll(&watched, 1, 100) <= 0) continue;
      const ssize_t got = ::read(terminal_, piece.data(), piece.size());
      if (got <= 0) break;
      seen_.append(piece.data(), static_cast<std::size_t>(got));
    }
    const auto at = seen_.find(text);
    const std::string result = seen_.substr(0, at == std::string::npos ? at : at + text.size());
    seen_.erase(0, result.size());
    return result;
  }

 private:
  static void say(const std::string& text) {
    (void)!::write(STDOUT_FILENO, text.data(), text.size());
  }

  static std::string read_line() {
    std::string line;
    for (char c = 0; ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) line += c;
    return line;
  }

  static int lead(const std::function<int()>& job) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::setpgid(0, 0);
      while (::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) ::usleep(1000);
      ::_exit(job());
    }
    ::signal(SIGTTOU, SIG_IGN);
    ::signal(SIGINT, SIG_IGN);
    ::setpgid(pid, pid);
    ::tcsetpgrp(STDIN_FILENO, pid);
    for (;;) {
      int status = 0;
      if (::waitpid(pid, &status, WUNTRACED) != pid) return 1;
      if (!WIFSTOPPED(status)) {
        if (::tcgetpgrp(STDIN_FILENO) == pid) say("[terminal kept]");
        say("[exit " + std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : -1) + "]");
        return 0;
      }
      ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
      say("[stopped]");
      std::string line = read_line();
      if (line == "bg") {
        ::kill(-pid, SIGCONT);
        say("[background]");
        line = read_line();
      }
      ::tcsetpgrp(STDIN_FILENO, pid);
      ::kill(-pid, SIGCONT);
    }
  }

  pid_t leader_ = -1;
  int terminal_ = -1;
  std::string seen_;
};

}  // namespace splitscope::tree
