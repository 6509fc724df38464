// The signals that tell of children and of what they write, waited for instead of handled.
#pragma once

#include <chrono>
#include <csignal>

namespace splitscope::tree {

/// While one lives the calling thread has SIGCHLD, SIGCONT and SIGIO blocked, and SIGCHLD is not
/// ignored: somebody who ignores it cannot wait for anybody.
class ChildSignals {
 public:
  ChildSignals() noexcept;
  ChildSignals(const ChildSignals&) = delete;
  ChildSignals& operator=(const ChildSignals&) = delete;
  ~ChildSignals();

  /// SIGCHLD, SIGCONT or SIGIO, or 0 when there was none within `time` or another signal came.
  [[nodiscard]] int await(std::chrono::nanoseconds time) const noexcept;

 private:
  sigset_t set_;
  sigset_t mask_before_;
  struct sigaction action_before_ {};
};

}  // namespace splitscope::tree
