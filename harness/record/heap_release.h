// When the shim reports that memory is about to go away. Decided by sizes alone, never by time, so
// that equal runs report at equal moments.
#pragma once

#include <cstddef>
#include <cstdint>

#include "harness/record/heap_api.h"
#include "harness/record/mapping_table.h"

namespace splitscope::record::shim {

/// Decides for one kind of memory. Pure.
class ReleaseWatch {
 public:
  /// Released bytes below the peak that are worth another reading: touching as much takes longer
  /// than 1 ms, so readings of about 8 us stay under one percent.
  static constexpr std::uint64_t kBytesBetween = 16 << 20;

  /// `live` bytes before the release of `released` of them.
  [[nodiscard]] bool wants(std::int64_t live, std::uint64_t released) {
    released_ += released;
    if (live > highest_ + highest_ / 64) return true;
    return live >= highest_ - highest_ / 8 && released_ >= kBytesBetween;
  }
  /// A reading was taken at `live` bytes, for whichever kind.
  void reported(std::int64_t live) {
    if (live > highest_) highest_ = live;
    released_ = 0;
  }

 private:
  std::int64_t highest_ = 0;
  std::uint64_t released_ = 0;
};

void set_release_hook(HeapReleaseHook hook, void* context);
void open_release_reports();
[[nodiscard]] std::uint64_t releases_reported();

/// Before `bytes` of mapped memory go away. Call it without the lock of the mappings.
void consider_mapping_release(MappingKind kind, std::size_t bytes);

}  // namespace splitscope::record::shim
