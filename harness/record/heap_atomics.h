// How the shim changes its counters.
#pragma once

#include <sys/single_threaded.h>

#include <atomic>
#include <cstddef>

namespace splitscope::record::shim {

/// For what every call reads: together in as few cache lines and pages as it takes.
#define SPLITSCOPE_HOT [[gnu::section("splitscope_hot")]]

/// Releases from this size are worth a look at the resident set before they happen: below it a
/// reading (about 8 us) costs more than touching the block.
inline constexpr std::size_t kLargeReleaseBytes = 256 << 10;

// glibc clears it before a second thread starts, and sets it again only when one is left.
inline bool single_threaded() { return __builtin_expect(__libc_single_threaded != 0, 1); }

/// Adds without a locked instruction: for counters that only this thread writes.
template <typename Value>
inline Value add_alone(std::atomic<Value>& counter, Value by) {
  const Value sum = counter.load(std::memory_order_relaxed) + by;
  counter.store(sum, std::memory_order_relaxed);
  return sum;
}

template <typename Value>
inline void raise(std::atomic<Value>& peak, Value value) {
  Value seen = peak.load(std::memory_order_relaxed);
  while (value > seen && !peak.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

}  // namespace splitscope::record::shim
