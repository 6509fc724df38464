// A limit on the heap that a block of a test may hold at once. catch2_peak_limit.h and
// gtest_peak_limit.h make a macro of it for their test frameworks.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "splitscope/heap_window.h"

namespace splitscope {

/// What became of a limit.
enum class PeakVerdict {
  kHeld,
  kExceeded,
  /// Nobody knows, and that is a failure: a limit that is never looked at is none.
  kUnmeasured,
  /// Nobody knows, and $SPLITSCOPE_PEAK_LIMIT=optional says that this is all right, say under a
  /// sanitizer or a debugger.
  kLeftOut,
};

/// Judges the peak of the heap between its construction and its end, counted from what was live at
/// the construction, and hands verdict and text to `report`, which may throw. Says nothing when the
/// block is left by an exception. What the test framework allocates inside the block counts too.
template <typename Report>
class PeakLimit {
 public:
  PeakLimit(std::uint64_t bytes, Report report) : bytes_(bytes), report_(std::move(report)) {}
  PeakLimit(const PeakLimit&) = delete;
  PeakLimit& operator=(const PeakLimit&) = delete;

  ~PeakLimit() noexcept(false) {
    const std::uint64_t peak = window_.close().peak_bytes;
    if (std::uncaught_exceptions() > exceptions_) return;
    if (window_.unmeasured() != nullptr) {
      const char* set = std::getenv("SPLITSCOPE_PEAK_LIMIT");
      const bool optional = set != nullptr && std::string_view(set) == "optional";
      report_(optional ? PeakVerdict::kLeftOut : PeakVerdict::kUnmeasured,
              "the peak of the heap is unknown, so its limit of " + std::to_string(bytes_) +
                  " bytes cannot be judged: " + window_.unmeasured());
      return;
    }
    report_(peak <= bytes_ ? PeakVerdict::kHeld : PeakVerdict::kExceeded,
            "the heap peaked at " + std::to_string(peak) + " bytes; the limit is " +
                std::to_string(bytes_));
  }

 private:
  std::uint64_t bytes_;
  Report report_;
  int exceptions_ = std::uncaught_exceptions();
  // Last, so that nothing of our own is counted.
  HeapWindow window_;
};

}  // namespace splitscope
