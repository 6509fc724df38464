// Small forward reads without a system call each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>

#include "strategies/interface/access_counters.h"
#include "strategies/interface/bytes.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/open_file.h"

namespace splitscope::strategies {

/// A merge asks for hundreds of thousands of tiny ranges, term by term, in a few forward streams
/// that take turns (postings, positions). This follows up to four such streams in one file, each
/// with a window that is filled only once a second read has shown that the stream moves forward.
/// Other reads stay as small as they were asked for. Any thread; windows are allocated when first
/// needed.
class ReadAhead {
 public:
  static constexpr std::size_t kStreams = 4;

  /// `window_bytes` 0: every read is its own pread. Both references must outlive this object.
  ReadAhead(const OpenFile& file, std::size_t window_bytes, AccessCounters& counters)
      : file_(file), window_bytes_(window_bytes), counters_(counters) {
    recent_ends_.fill(kNone);
  }

  /// The range must have been checked and not be empty. The result is a buffer of its own or pins a
  /// window, which is then left to it when the stream moves on.
  /// Errors: FileError, TruncatedFile.
  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length);

 private:
  struct Window {
    HeapBuffer::Pointer buffer;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t last_use = 0;
  };

  static constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  // Streams that have been seen once only; more than are followed, so that a few random reads in
  // between do not hide one.
  static constexpr std::size_t kRecentEnds = 8;

  [[nodiscard]] bool follows(std::uint64_t offset, std::uint64_t end) const noexcept;
  [[nodiscard]] Window* window_that_holds(std::uint64_t offset, std::size_t length) noexcept;
  [[nodiscard]] Window* window_to_move(std::uint64_t offset) noexcept;
  [[nodiscard]] bool continues_recent_read(std::uint64_t offset) noexcept;
  void remember_end(std::uint64_t end) noexcept;
  void fill(Window& window, std::uint64_t offset);
  [[nodiscard]] Bytes view(Window& window, std::uint64_t offset, std::size_t length) noexcept;
  [[nodiscard]] Bytes read_alone(std::uint64_t offset, std::size_t length) const;

  const OpenFile& file_;
  const std::size_t window_bytes_;
  AccessCounters& counters_;

  std::mutex mutex_;
  std::array<Window, kStreams> windows_;
  std::array<std::uint64_t, kRecentEnds> recent_ends_{};
  std::size_t next_recent_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace splitscope::strategies
