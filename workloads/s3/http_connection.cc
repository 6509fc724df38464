#include "workloads/s3/http_connection.h"

#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace splitscope::s3 {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

/// A client that hashes a part of 5 GiB between two requests stays well below.
constexpr int kIdleTimeoutMs = 120'000;

/// How long a peer that was refused may pause before its connection is closed.
constexpr int kDrainTimeoutMs = 2'000;

/// After an early answer the rest of a body is thrown away up to this size, so that the client
/// reads the answer instead of a reset.
constexpr std::uint64_t kLargestDrainBytes = 64ULL * 1024 * 1024;

constexpr std::size_t kSendBufferBytes = 64 * 1024;

/// The peer went away or stalled in the middle of a body.
class ConnectionBroken : public std::exception {};

/// Beast's SyncStream over a socket, with time-outs: Asio's own sockets ignore SO_RCVTIMEO.
class SocketStream {
 public:
  explicit SocketStream(int fd) : fd_(fd) {}

  /// Nothing more is sent; the peer sees the end after what was.
  void end_sending() {
    ::shutdown(fd_, SHUT_WR);
    timeout_ms_ = kDrainTimeoutMs;
  }

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, ErrorCode& error) {
    error = {};
    const asio::mutable_buffer buffer = first_buffer<asio::mutable_buffer>(buffers);
    if (buffer.size() == 0) return 0;
    while (true) {
      if (!wait(POLLIN, error)) return 0;
      const ssize_t got = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == 0) {
        error = http::error::end_of_stream;
        return 0;
      }
      if (errno != EINTR && errno != EAGAIN) return fail(error);
    }
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, ErrorCode& error) {
    error = {};
    std::array<iovec, 16> pieces{};
    std::size_t count = 0;
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
         ++at) {
      if (count == pieces.size()) break;
      const asio::const_buffer buffer(*at);
      if (buffer.size() == 0) continue;
      pieces[count++] = {const_cast<void*>(buffer.data()), buffer.size()};
    }
    if (count == 0) return 0;
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    while (true) {
      if (!wait(POLLOUT, error)) return 0;
      const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
      if (sent >= 0) return static_cast<std::size_t>(sent);
      if (errno != EINTR && errno != EAGAIN) return fail(error);
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
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers);
         ++at) {
      const Buffer buffer(*at);
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }

  static std::size_t fail(ErrorCode& error) {
    error = ErrorCode(errno, boost::system::system_category());
    return 0;
  }

  bool wait(short events, ErrorCode& error) const {
    pollfd waited{fd_, events, 0};
    while (true) {
      const int ready = ::poll(&waited, 1, timeout_ms_);
      if (ready > 0) return true;
      if (ready == 0) {
        error = ErrorCode(ETIMEDOUT, boost::system::generic_category());
        return false;
      }
      if (errno != EINTR) {
        fail(error);
        return false;
      }
    }
  }

  int fd_;
  int timeout_ms_ = kIdleTimeoutMs;
};

/// One request and its response.
class Exchange {
 public:
  Exchange(SocketStream& stream, beast::flat_buffer& buffer, Service& service)
      : stream_(stream), buffer_(buffer), service_(service) {
    // Requests of S3 clients have a few hundred bytes of headers; S3 takes 8 KiB.
    parser_.header_limit(16 * 1024);
    // Bodies are streamed, so their size is no matter here; the service has S3's limit.
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  /// Whether the connection can take another request.
  bool run() {
    http::read_header(stream_, buffer_, parser_);
    ServiceRequest request = make_request();
    ServiceResponse response = service_.handle(request);
    if (response.drop) return false;
    const bool can_go_on = finish_body_unless_large() && parser_.keep_alive();
    send(response, can_go_on);
    if (!parser_.is_done()) drain();
    return can_go_on;
  }

 private:
  ServiceRequest make_request() {
    const auto& message = parser_.get();
    ServiceRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      std::string name(field.name_string());
      for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      }
      request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    if (const auto length = parser_.content_length()) request.content_length = *length;
    expects_continue_ = beast::iequals(message[http::field::expect], "100-continue");
    request.read_body = [this](std::span<std::byte> buffer) { return read_body(buffer); };
    return request;
  }

  std::size_t read_body(std::span<std::byte> buffer) {
    if (parser_.is_done()) return 0;
    if (expects_continue_) {
      expects_continue_ = false;
      http::response<http::empty_body> go_on(http::status::continue_, 11);
      http::write(stream_, go_on);
    }
    auto& body = parser_.get().body();
    body.data = buffer.data();
    body.size = buffer.size();
    body.more = true;
    ErrorCode error;
    http::read(stream_, buffer_, parser_, error);
    if (error && error != http::error::need_buffer) throw ConnectionBroken();
    return buffer.size() - body.size;
  }

  /// An answer that came before the end of a body: what is small enough is read first, so that the
  /// connection can be used again.
  bool finish_body_unless_large() {
    constexpr std::uint64_t kSmallBytes = 64 * 1024;
    if (parser_.is_done()) return true;
    if (expects_continue_) return false;
    const auto left = parser_.content_length_remaining();
    if (!left || *left > kSmallBytes) return false;
    discard(kSmallBytes);
    return parser_.is_done();
  }

  void discard(std::uint64_t limit) {
    std::array<std::byte, 16 * 1024> buffer;
    std::uint64_t dropped = 0;
    while (dropped < limit) {
      const std::size_t got = read_body(buffer);
      if (got == 0) return;
      dropped += got;
    }
  }

  void drain() {
    // A client that waits for "100 Continue" sends nothing more after a final answer.
    if (expects_continue_) return;
    stream_.end_sending();
    discard(kLargestDrainBytes);
  }

  void send(const ServiceResponse& response, bool keep_alive) {
    http::response<http::string_body> message(
        http::int_to_status(static_cast<unsigned>(response.status)), 11);
    message.set(http::field::server, "splitscope");
    message.set(http::field::date, http_time(std::chrono::system_clock::now()));
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    message.keep_alive(keep_alive);
    std::uint64_t length = response.body.size();
    if (response.file) length = response.file->length_bytes();
    if (response.head_length) length = *response.head_length;
    if (response.status != 204) message.content_length(length);
    const bool sends_body = parser_.get().method() != http::verb::head;
    if (sends_body && !response.file) message.body() = response.body;

    http::response_serializer<http::string_body> serializer(message);
    if (!sends_body || response.file) {
      http::write_header(stream_, serializer);
    } else {
      http::write(stream_, serializer);
    }
    if (sends_body && response.file) send_file(*response.file);
  }

  void send_file(const FileSlice& file) {
    std::vector<std::byte> buffer(kSendBufferBytes);
    for (std::uint64_t at = 0; at < file.length_bytes();) {
      const std::size_t got = file.read(at, buffer);
      asio::write(stream_, asio::buffer(buffer.data(), got));
      at += got;
    }
  }

  SocketStream& stream_;
  beast::flat_buffer& buffer_;
  Service& service_;
  http::request_parser<http::buffer_body> parser_;
  bool expects_continue_ = false;
};

}  // namespace

void serve_connection(int fd, Service& service) noexcept {
  try {
    SocketStream stream(fd);
    // Bounds what is read ahead of the parser; bodies pass through it in such pieces.
    beast::flat_buffer buffer(128 * 1024);
    while (Exchange(stream, buffer, service).run()) {
    }
  } catch (const std::exception&) {
    // A client that went away, sent no HTTP or stalled; there is nobody to tell.
  }
  // Half-closed, the peer still gets what was sent; the descriptor is its owner's to close.
  ::shutdown(fd, SHUT_RDWR);
}

}  // namespace splitscope::s3
