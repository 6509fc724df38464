// Shared memory between a measured child and its parent: the child publishes the state of its
// window, its live heap bytes, phase marks and the samples it took itself; the parent reads them at
// any time, also after the child crashed.
#pragma once

#include <atomic>
#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/record/heap_api.h"
#include "harness/record/phase.h"
#include "harness/record/resident_sample.h"

namespace splitscope::record {

inline constexpr std::uint32_t kTimelineVersion = 1;
inline constexpr std::size_t kMaxPhaseName = 31;
/// The release hook reports at most some 700 new peaks between 256 KiB and 16 GiB; the rest is room
/// for those below a peak.
inline constexpr std::size_t kMaxChildSamples = 1024;

enum class WindowState : std::uint32_t { not_open = 0, open = 1, closed = 2 };

/// Monotonic clock in microseconds; the same in parent and child.
[[nodiscard]] std::uint64_t monotonic_us() noexcept;

struct TimelineBlock;

/// One side of the channel. The parent creates it and hands the descriptor down; the child attaches
/// to the inherited number. Each side owns its mapping and its descriptor. The memory has no name
/// and goes away with the last side. One thread of the child writes phases; samples may come from
/// any of its threads. Reading is safe at any time. Writing never allocates.
class TimelineChannel {
 public:
  /// For the parent. The descriptor is close-on-exec: pass it with a file action (dup2) at spawn.
  /// Throws std::system_error when the kernel refuses.
  [[nodiscard]] static TimelineChannel create();
  /// For the child; takes ownership of `fd`. Touches all pages, so that they belong to the floor.
  /// Throws std::runtime_error when the descriptor is not such memory or of another version.
  [[nodiscard]] static TimelineChannel attach(int fd);

  TimelineChannel(TimelineChannel&& other) noexcept;
  TimelineChannel& operator=(TimelineChannel&&) = delete;
  ~TimelineChannel();

  [[nodiscard]] int fd() const noexcept { return fd_; }

  // Writing, in the child.
  void open_window() noexcept;
  void close_window() noexcept;
  /// Ends the running phase, if any, with what was measured at its end.
  void end_phase(std::uint64_t peak_heap_bytes, std::uint64_t end_heap_bytes,
                 std::uint64_t pss_bytes) noexcept;
  /// Starts a phase; names are cut at 31 characters, phases beyond 256 are counted and dropped.
  void begin_phase(std::string_view name) noexcept;
  /// Adds a sample; when all places are taken it is counted and dropped.
  void add_sample(const ResidentSample& sample) noexcept;
  /// Where the heap shim is to count. Only meaningful to readers once heap_counted() is set.
  [[nodiscard]] HeapLive* heap() noexcept;
  void set_heap_counted() noexcept;

  // Reading, on either side.
  [[nodiscard]] WindowState state() const noexcept;
  /// monotonic_us() at which the window opened; 0 before that.
  [[nodiscard]] std::uint64_t opened_at_us() const noexcept;
  [[nodiscard]] std::uint64_t closed_at_us() const noexcept;
  /// Microseconds since the window opened; 0 before that.
  [[nodiscard]] std::uint64_t now_us() const noexcept;
  /// kUnknown where no heap shim counts.
  [[nodiscard]] std::uint64_t live_heap_bytes() const noexcept;
  [[nodiscard]] std::uint64_t peak_heap_bytes() const noexcept;
  [[nodiscard]] std::vector<Phase> phases() const;
  /// The child's own samples in the order taken. The first one is that of the window's opening.
  [[nodiscard]] std::vector<ResidentSample> samples() const;
  [[nodiscard]] std::uint64_t dropped_phases() const noexcept;
  [[nodiscard]] std::uint64_t dropped_samples() const noexcept;

 private:
  TimelineChannel(int fd, boost::interprocess::mapped_region region) noexcept;

  int fd_ = -1;
  boost::interprocess::mapped_region region_;
  TimelineBlock* block_ = nullptr;
};

}  // namespace splitscope::record
