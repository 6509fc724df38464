// Standard output and error of whoever is started meanwhile go nowhere.
#pragma once

namespace splitscope::cli {

/// Turns descriptor 1, and with `errors` descriptor 2, to /dev/null until it is destroyed. Main
/// thread, no other threads that write. Where /dev/null cannot be opened nothing is turned.
class QuietOutput {
 public:
  explicit QuietOutput(bool errors) noexcept;
  QuietOutput(const QuietOutput&) = delete;
  QuietOutput& operator=(const QuietOutput&) = delete;
  ~QuietOutput();

 private:
  int output_ = -1;
  int errors_ = -1;
};

}  // namespace splitscope::cli
