// The connections that a server has at once, each on a thread of its own.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "s3/server/http_connection.h"

namespace splitscope::s3 {

/// Owns sockets and threads; a socket is closed as soon as its connection is over. add(),
/// collect(), wait_for_room() and end_idle() from one thread, stop() from another after that one
/// ended.
class ConnectionPool {
 public:
  using Serve = std::function<void(int fd, ConnectionWatch& watch)>;

  ConnectionPool(std::size_t limit, Serve serve) : limit_(limit), serve_(std::move(serve)) {}
  ~ConnectionPool() { stop(); }
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// Takes the socket over. When there is no thread for it, it is closed: its client tries again.
  void add(int fd) noexcept;
  /// Joins the threads that are over.
  void collect();
  [[nodiscard]] bool is_full() const;
  /// Ends the connection that has waited longest for a request, if any has for a moment.
  void end_idle();
  /// Waits until a connection is over, or a moment.
  void wait_for_room();
  /// Breaks all connections off and waits for their threads.
  void stop() noexcept;

 private:
  struct Connection {
    int fd = -1;
    bool is_over = false;
    ConnectionWatch watch;
    std::thread thread;
  };

  void run(Connection& connection) noexcept;

  std::size_t limit_;
  Serve serve_;
  mutable std::mutex mutex_;
  std::condition_variable over_;
  std::list<Connection> connections_;
  /// How many of connections_ are not over.
  std::size_t open_ = 0;
};

}  // namespace splitscope::s3
