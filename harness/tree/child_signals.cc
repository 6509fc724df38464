#include "harness/tree/child_signals.h"

#include <algorithm>
#include <ctime>

namespace splitscope::tree {

ChildSignals::ChildSignals() noexcept {
  sigemptyset(&set_);
  sigaddset(&set_, SIGCHLD);
  sigaddset(&set_, SIGCONT);
  sigaddset(&set_, SIGIO);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &usual, &action_before_);
  ::pthread_sigmask(SIG_BLOCK, &set_, &mask_before_);
}

ChildSignals::~ChildSignals() {
  // What is pending would come to a handler that knows nothing of it.
  while (await(std::chrono::nanoseconds(0)) != 0) {
  }
  ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
  ::sigaction(SIGCHLD, &action_before_, nullptr);
}

int ChildSignals::await(std::chrono::nanoseconds time) const noexcept {
  const auto left = std::max(time, std::chrono::nanoseconds(0));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{static_cast<time_t>(seconds.count()),
                         static_cast<long>((left - seconds).count())};
  return std::max(::sigtimedwait(&set_, nullptr, &timeout), 0);
}

}  // namespace splitscope::tree
