// How long a peer may take, and how one that drips is told from one that is only slow.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace splitscope::s3 {

/// Only time spent waiting for the peer counts, so that a slow disk of ours is nobody's fault.
struct ConnectionLimits {
  /// From the first byte of a request to the end of its header, and from a connection to its first
  /// byte.
  std::chrono::milliseconds header{10'000};
  /// From one request to the next. A client that hashes a part of 5 GiB between stays well below.
  std::chrono::milliseconds idle{120'000};
  /// A body: at least so many bytes in each window. 1 KiB/s is what the slowest honest line does,
  /// and a client may pause for most of the window, to hash a part.
  std::chrono::milliseconds window{60'000};
  std::uint64_t window_bytes = 60 * 1024;
  /// The same rate is demanded sooner of a body that comes in several pieces: that is no pause.
  std::chrono::milliseconds drip_window{15'000};
  std::uint64_t drip_window_bytes = 15 * 1024;
  int drip_pieces = 3;
  /// For what is still on its way behind an answer that came early.
  std::chrono::milliseconds drain{3'000};
  /// Connections at once.
  std::size_t connections = 1024;
};

/// One body's progress. Single-threaded.
class Progress {
 public:
  using Milliseconds = std::chrono::milliseconds;

  explicit Progress(const ConnectionLimits& limits)
      : windows_{{{limits.drip_window, limits.drip_window_bytes, limits.drip_pieces},
                  {limits.window, limits.window_bytes, 0}}} {}

  /// How long may be waited until the next look.
  [[nodiscard]] Milliseconds left() const {
    return std::min(windows_[0].length - windows_[0].waited,
                    windows_[1].length - windows_[1].waited);
  }
  /// A wait is over and brought so many bytes; whether that is quick enough so far.
  [[nodiscard]] bool add(Milliseconds waited, std::uint64_t bytes) {
    bool is_quick = true;
    for (Window& at : windows_) {
      at.waited += waited;
      at.bytes += bytes;
      at.pieces += bytes > 0 ? 1 : 0;
      if (at.waited < at.length) continue;
      if (at.bytes < at.least_bytes && at.pieces >= at.least_pieces) is_quick = false;
      at.waited = Milliseconds(0);
      at.bytes = 0;
      at.pieces = 0;
    }
    return is_quick;
  }

 private:
  struct Window {
    Milliseconds length;
    std::uint64_t least_bytes;
    /// With fewer pieces the window says nothing.
    int least_pieces;
    Milliseconds waited{0};
    std::uint64_t bytes = 0;
    int pieces = 0;
  };
  std::array<Window, 2> windows_;
};

}  // namespace splitscope::s3
