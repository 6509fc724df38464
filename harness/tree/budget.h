// How much of the command's time looking at it may take.
#pragma once

#include <chrono>

namespace splitscope::tree {

/// Permits work as long as it has taken no more than an allowance and a share of the time that went
/// by. Not thread-safe.
class Budget {
 public:
  using Clock = std::chrono::steady_clock;

  /// `share` is 1 in so many.
  Budget(int share, Clock::duration allowance) noexcept
      : share_(share), allowance_(allowance), begin_(Clock::now()) {}

  [[nodiscard]] bool permits(Clock::time_point now) const noexcept {
    return spent_ <= allowance_ + (now - begin_) / share_;
  }
  void spend(Clock::duration time) noexcept { spent_ += time; }

 private:
  int share_;
  Clock::duration allowance_;
  Clock::time_point begin_;
  Clock::duration spent_{};
};

}  // namespace splitscope::tree
