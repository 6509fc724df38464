// The terminal, lent to the command while it is in the foreground.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>

#include "harness/tree/launch.h"

namespace splitscope::tree {

/// Job control as a shell does it, for one job. Only where standard input is a terminal whose
/// foreground is our job and the command has it as its input too; otherwise nothing here does
/// anything. The destructor takes the terminal back. Main thread.
class Terminal {
 public:
  explicit Terminal(const Launch& launch) noexcept;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { take_back(); }

  /// Whether the command is to have a group of its own and the terminal.
  [[nodiscard]] bool lends() const noexcept { return job_ != 0; }
  /// The command leads that group and has the terminal now.
  void lent_to(pid_t group) noexcept { group_ = group; }

  void take_back() noexcept;
  /// The command was stopped: takes the terminal back and stops our own job, so that the shell sees
  /// it. Returns in what was stopped, or a moment before.
  void stop_job() noexcept;
  /// After SIGCONT: the command goes on, with the terminal if our job has been given it.
  void go_on() noexcept;
  /// When the command shall go on though no SIGCONT came: nobody is there who could stop or
  /// continue us.
  [[nodiscard]] bool overdue(std::chrono::steady_clock::time_point now) const noexcept {
    return resume_by_ && now > *resume_by_;
  }

 private:
  pid_t job_ = 0;
  pid_t group_ = 0;
  bool is_lent_ = false;
  std::optional<std::chrono::steady_clock::time_point> resume_by_;
};

}  // namespace splitscope::tree
