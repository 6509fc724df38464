#include "strategies/io/read_ahead.h"

#include <algorithm>

namespace splitscope::strategies {
namespace {

// A read beyond a quarter of the window gains little from it and would read much twice.
constexpr std::size_t kLargeReadDivisor = 4;
// Deleted terms leave gaps in a stream; up to an eighth of the window it is cheaper to read over
// one.
constexpr std::uint64_t kGapDivisor = 8;

}  // namespace

Bytes ReadAhead::read(std::uint64_t offset, std::size_t length) {
  if (window_bytes_ == 0) return read_alone(offset, length);
  {
    const std::lock_guard lock(mutex_);
    if (Window* const window = window_that_holds(offset, length); window != nullptr) {
      return view(*window, offset, length);
    }
    if (length <= window_bytes_ / kLargeReadDivisor) {
      if (Window* const window = window_to_move(offset); window != nullptr) {
        fill(*window, offset);
        return view(*window, offset, length);
      }
    }
    remember_end(offset + length);
  }
  return read_alone(offset, length);
}

bool ReadAhead::follows(std::uint64_t offset, std::uint64_t end) const noexcept {
  return offset >= end && offset - end <= window_bytes_ / kGapDivisor;
}

ReadAhead::Window* ReadAhead::window_that_holds(std::uint64_t offset, std::size_t length) noexcept {
  for (Window& window : windows_) {
    if (offset >= window.begin && offset < window.end && length <= window.end - offset) {
      return &window;
    }
  }
  return nullptr;
}

// The window of the stream that a read at `offset` continues. For a stream that shows itself only
// now it is the one that was unused for longest.
ReadAhead::Window* ReadAhead::window_to_move(std::uint64_t offset) noexcept {
  for (Window& window : windows_) {
    if (window.end == 0) continue;
    const bool straddles = offset >= window.begin && offset < window.end;
    if (straddles || follows(offset, window.end)) return &window;
  }
  if (!continues_recent_read(offset)) return nullptr;
  return &*std::min_element(
      windows_.begin(), windows_.end(),
      [](const Window& left, const Window& right) { return left.last_use < right.last_use; });
}

bool ReadAhead::continues_recent_read(std::uint64_t offset) noexcept {
  for (std::uint64_t& end : recent_ends_) {
    if (end == kNone || !follows(offset, end)) continue;
    end = kNone;
    return true;
  }
  return false;
}

void ReadAhead::remember_end(std::uint64_t end) noexcept {
  recent_ends_[next_recent_] = end;
  next_recent_ = (next_recent_ + 1) % kRecentEnds;
}

void ReadAhead::fill(Window& window, std::uint64_t offset) {
  const auto length =
      static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes_, file_.size() - offset));
  // Empty until the read has succeeded.
  window.begin = window.end = 0;
  if (window.buffer == nullptr || !window.buffer->unshared()) {
    window.buffer = HeapBuffer::make(
        static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes_, file_.size())));
  }
  file_.read_exact(offset, {window.buffer->data(), length}, counters_);
  window.begin = offset;
  window.end = offset + length;
}

Bytes ReadAhead::view(Window& window, std::uint64_t offset, std::size_t length) noexcept {
  window.last_use = ++uses_;
  return window.buffer->view(static_cast<std::size_t>(offset - window.begin), length);
}

Bytes ReadAhead::read_alone(std::uint64_t offset, std::size_t length) const {
  const HeapBuffer::Pointer buffer = HeapBuffer::make(length);
  file_.read_exact(offset, {buffer->data(), length}, counters_);
  return buffer->view(0, length);
}

}  // namespace splitscope::strategies
