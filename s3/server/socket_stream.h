// Beast's SyncStream over a plain socket, with limits: Asio's own sockets ignore SO_RCVTIMEO.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <chrono>
#include <optional>

#include "s3/server/progress.h"

namespace splitscope::s3 {

/// Does not own the descriptor. Single-threaded. A limit that passes is the error ETIMEDOUT.
class SocketStream {
 public:
  using ErrorCode = boost::system::error_code;
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  SocketStream(int fd, const ConnectionLimits& limits) : fd_(fd), limits_(limits) {}

  /// The next request: how long its first byte may take; from then on the header's limit holds.
  void expect_request(Milliseconds first_byte) {
    progress_.reset();
    deadline_ = Clock::now() + first_byte;
    is_first_byte_due_ = true;
  }
  /// The first byte is there already.
  void expect_header() {
    is_first_byte_due_ = false;
    deadline_ = Clock::now() + limits_.header;
  }
  /// Whether any byte of the request has come.
  [[nodiscard]] bool has_begun() const { return !is_first_byte_due_; }
  /// A body, in or out: a least rate instead of a limit.
  void expect_body() {
    deadline_.reset();
    progress_.emplace(limits_);
  }
  /// Nothing more is sent; the peer sees the end after what was. What it still sends may take the
  /// limit of a drain, in all.
  void end_sending() {
    ::shutdown(fd_, SHUT_WR);
    progress_.reset();
    deadline_ = Clock::now() + limits_.drain;
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, ErrorCode& error) {
    error = {};
    const auto buffer = first_buffer<boost::asio::mutable_buffer>(buffers);
    if (buffer.size() == 0) return 0;
    while (true) {
      if (!wait(POLLIN, error)) return 0;
      const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) {
        if (is_first_byte_due_) expect_header();
        return count(static_cast<std::size_t>(got), error);
      }
      if (got == 0) {
        error = boost::beast::http::error::end_of_stream;
        return 0;
      }
      if (errno != EINTR && errno != EAGAIN) return fail(error);
    }
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, ErrorCode& error) {
    error = {};
    std::array<iovec, 16> pieces{};
    std::size_t pieces_used = 0;
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      if (pieces_used == pieces.size()) break;
      const boost::asio::const_buffer buffer(*at);
      if (buffer.size() == 0) continue;
      pieces[pieces_used++] = {const_cast<void*>(buffer.data()), buffer.size()};
    }
    if (pieces_used == 0) return 0;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces_used;
    while (true) {
      if (!wait(POLLOUT, error)) return 0;
      const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) return count(static_cast<std::size_t>(sent), error);
      if (sent < 0 && errno != EINTR && errno != EAGAIN) return fail(error);
    }
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    ErrorCode error;
    const std::size_t got = read_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return got;
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    ErrorCode error;
    const std::size_t sent = write_some(buffers, error);
    if (error) throw boost::system::system_error(error);
    return sent;
  }

 private:
  template <typename Buffer, typename Buffers>
  static Buffer first_buffer(const Buffers& buffers) {
    for (auto at = boost::asio::buffer_sequence_begin(buffers);
         at != boost::asio::buffer_sequence_end(buffers); ++at) {
      const Buffer buffer(*at);
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }

  static std::size_t fail(ErrorCode& error) {
    error = ErrorCode(errno, boost::system::system_category());
    return 0;
  }

  static bool time_out(ErrorCode& error) {
    error = ErrorCode(ETIMEDOUT, boost::system::generic_category());
    return false;
  }

  std::size_t count(std::size_t bytes, ErrorCode& error) {
    if (progress_ && !progress_->add(Milliseconds(0), bytes)) {
      time_out(error);
      return 0;
    }
    return bytes;
  }

  bool wait(short events, ErrorCode& error) {
    pollfd waited{fd_, events, 0};
    while (true) {
      const auto begin = Clock::now();
      Milliseconds left = limits_.idle;
      if (deadline_) left = std::chrono::ceil<Milliseconds>(*deadline_ - begin);
      if (progress_) left = std::min(left, progress_->left());
      if (left < Milliseconds(0)) left = Milliseconds(0);
      const int ready = ::poll(&waited, 1, static_cast<int>(left.count()));
      if (ready < 0 && errno != EINTR) {
        fail(error);
        return false;
      }
      const auto end = Clock::now();
      // What is there when its time is just over counts all the same, once.
      if (deadline_ && ready <= 0 && end >= *deadline_) return time_out(error);
      if (deadline_ && end >= *deadline_ + kLateness) return time_out(error);
      if (progress_ && !progress_->add(std::chrono::round<Milliseconds>(end - begin), 0)) {
        return time_out(error);
      }
      if (ready > 0) return true;
    }
  }

  /// A byte that comes just in time each time must not keep a header from being late.
  static constexpr Milliseconds kLateness{50};

  int fd_;
  const ConnectionLimits& limits_;
  std::optional<Clock::time_point> deadline_;
  std::optional<Progress> progress_;
  bool is_first_byte_due_ = false;
};

}  // namespace splitscope::s3
