// One connection of the loopback server: HTTP/1.1 in, responses out, bodies streamed.
#pragma once

#include <atomic>
#include <chrono>

#include "s3/server/progress.h"
#include "s3/server/service.h"

namespace splitscope::s3 {

/// What others may see of a connection: whether it waits for a request, and since when.
/// Thread-safe.
class ConnectionWatch {
 public:
  using Clock = std::chrono::steady_clock;

  void begin_waiting() { since_ = Clock::now().time_since_epoch().count(); }
  void end_waiting() { since_ = kBusy; }
  /// Ticks of the clock; kBusy while a request is being served.
  [[nodiscard]] Clock::rep waiting_since() const { return since_; }

  static constexpr Clock::rep kBusy = -1;

 private:
  std::atomic<Clock::rep> since_{kBusy};
};

/// Serves requests from the connected socket `fd` until the peer closes it, an error happens or a
/// limit passes. What is no HTTP is answered 400, or 431 when its header is too large, and closed.
/// Does not close `fd`. Throws nothing: an error ends the connection.
void serve_connection(int fd, Service& service, const ConnectionLimits& limits,
                      ConnectionWatch& watch) noexcept;

}  // namespace splitscope::s3
