#include "s3/server/connection_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace splitscope::s3 {
namespace {

constexpr std::chrono::milliseconds kMoment{50};
/// A connection that has just been made is about to say something.
constexpr std::chrono::milliseconds kLeastIdle{250};

}  // namespace

void ConnectionPool::add(int fd) noexcept {
  std::list<Connection> made;
  try {
    Connection& connection = made.emplace_back();
    connection.fd = fd;
    connection.watch.begin_waiting();
    const std::lock_guard lock(mutex_);
    connections_.splice(connections_.end(), made);
    try {
      // It waits for the lock before it looks at anything.
      connection.thread = std::thread([this, &connection] { run(connection); });
      ++open_;
    } catch (...) {
      connections_.pop_back();
      throw;
    }
  } catch (...) {
    ::close(fd);
  }
}

void ConnectionPool::run(Connection& connection) noexcept {
  int fd = -1;
  {
    const std::lock_guard lock(mutex_);
    fd = connection.fd;
  }
  serve_(fd, connection.watch);
  const std::lock_guard lock(mutex_);
  ::close(std::exchange(connection.fd, -1));
  connection.is_over = true;
  --open_;
  over_.notify_all();
}

void ConnectionPool::collect() {
  std::list<Connection> over;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = connections_.begin(); at != connections_.end();) {
      const auto next = std::next(at);
      if (at->is_over) over.splice(over.end(), connections_, at);
      at = next;
    }
  }
  for (Connection& connection : over) connection.thread.join();
}

bool ConnectionPool::is_full() const {
  const std::lock_guard lock(mutex_);
  return open_ >= limit_;
}

void ConnectionPool::end_idle() {
  const auto now = ConnectionWatch::Clock::now();
  const auto latest = (now - kLeastIdle).time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  Connection* longest = nullptr;
  for (Connection& connection : connections_) {
    const auto since = connection.watch.waiting_since();
    if (connection.is_over || since == ConnectionWatch::kBusy || since > latest) continue;
    if (longest == nullptr || since < longest->watch.waiting_since()) longest = &connection;
  }
  if (longest == nullptr) return;
  ::shutdown(longest->fd, SHUT_RDWR);
  // Until its thread has seen it, it is not chosen again.
  longest->watch.end_waiting();
}

void ConnectionPool::wait_for_room() {
  std::unique_lock lock(mutex_);
  over_.wait_for(lock, kMoment);
}

void ConnectionPool::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) {
      if (!connection.is_over) ::shutdown(connection.fd, SHUT_RDWR);
    }
  }
  for (Connection& connection : connections_) connection.thread.join();
  connections_.clear();
}

}  // namespace splitscope::s3
