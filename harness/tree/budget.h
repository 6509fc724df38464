// How much of the command's time looking at it may take.
#pragma once

#include <chrono>
#include <ctime>

namespace splitscope::tree {

/// Permits work as long as it has taken no more than an allowance and a share of the time that went
/// by. Work counts by the processor time of the thread that does it: on a busy machine the time
/// that others take in between is no reason to look less. Not thread-safe.
class Budget {
 public:
  using Clock = std::chrono::steady_clock;

  /// `share` is 1 in so many.
  Budget(int share, Clock::duration allowance) noexcept
      : share_(share), allowance_(allowance), begin_(Clock::now()) {}

  [[nodiscard]] bool permits(Clock::time_point now) const noexcept {
    return spent_ <= allowance_ + (now - begin_) / share_;
  }
  void spend(Clock::duration work) noexcept { spent_ += work; }

  /// Of the calling thread.
  [[nodiscard]] static Clock::duration processor_time() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  }

 private:
  int share_;
  Clock::duration allowance_;
  Clock::time_point begin_;
  Clock::duration spent_{};
};

}  // namespace splitscope::tree
