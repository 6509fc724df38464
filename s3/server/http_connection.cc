#include "s3/server/http_connection.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "s3/server/socket_stream.h"

namespace splitscope::s3 {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

/// After an early answer the rest of a body is thrown away up to this size, so that the client
/// reads the answer instead of a reset.
constexpr std::uint64_t kLargestDrainBytes = 64ULL * 1024 * 1024;

constexpr std::size_t kSendBufferBytes = 64 * 1024;

/// Largest body without a length: more than any operation takes that may have one.
constexpr std::size_t kEarlyBytes = 64 * 1024;

/// What is thrown away behind something that is no HTTP.
constexpr std::size_t kLargestRefusedBytes = 1024 * 1024;

/// The peer went away.
class ConnectionBroken : public std::exception {};

/// What the peer sends is no HTTP, or comes too slowly: it is told so, and that is the end.
struct BadBody {
  const char* code;
  const char* message;
};

constexpr const char* kTooSlow =
    "Your socket connection to the server was not read from or written to within the timeout "
    "period.";

S3Error error_of_header(const ErrorCode& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return {431, "RequestHeaderSectionTooLarge", "Your request header section exceeds 16 KiB."};
  }
  if (error.value() == ETIMEDOUT && error.category() == boost::system::generic_category()) {
    return {400, "RequestTimeout", kTooSlow};
  }
  return {400, "BadRequest", "This is no HTTP/1.1 request: " + error.message() + "."};
}

/// Whether there is a peer that would read an answer.
bool is_worth_an_answer(const ErrorCode& error, const SocketStream& stream) {
  return stream.has_begun() && error != http::error::end_of_stream &&
         error.category() != boost::system::system_category();
}

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

  /// Whether the connection can take another request. Calls `on_begin` once its header is there.
  bool run(const std::function<void()>& on_begin) {
    ErrorCode error;
    http::read_header(stream_, buffer_, parser_, error);
    if (error) {
      if (is_worth_an_answer(error, stream_)) refuse(error_of_header(error));
      return false;
    }
    on_begin();
    stream_.expect_body();
    try {
      return answer();
    } catch (const BadBody& bad) {
      refuse(S3Error(400, bad.code, bad.message));
      return false;
    }
  }

 private:
  bool answer() {
    if (const char* problem = problem_of_header()) {
      refuse(S3Error(400, "BadRequest", problem));
      return false;
    }
    if (parser_.chunked()) read_early();
    const ServiceRequest request = make_request();
    const ServiceResponse response = service_.handle(request);
    if (response.drop) return false;
    if (response.drip) return drip();
    const bool can_go_on = finish_body_unless_large() && parser_.keep_alive();
    stream_.expect_body();
    send(response, can_go_on);
    if (!parser_.is_done()) drain();
    return can_go_on;
  }

  /// What Beast's parser lets pass.
  [[nodiscard]] const char* problem_of_header() const {
    const auto& message = parser_.get();
    if (message.version() != 10 && message.version() != 11) return "This server talks HTTP/1.1.";
    const std::size_t hosts = message.count(http::field::host);
    if (hosts > 1 || (hosts == 0 && message.version() == 11)) {
      return "A request of HTTP/1.1 has one Host header.";
    }
    if (message.count(http::field::content_length) > 1) return "There are two Content-Lengths.";
    return nullptr;
  }

  /// The beginning of a body without a length, so that one that is no HTTP is told from one that is
  /// only not wanted.
  void read_early() {
    std::vector<std::byte> buffer(kEarlyBytes);
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const std::size_t got = read_body(std::span(buffer).subspan(filled));
      if (got == 0) break;
      filled += got;
    }
    buffer.resize(filled);
    early_ = std::move(buffer);
  }

  /// Answers what is no request, and lets the peer read it.
  void refuse(const S3Error& error) {
    stream_.expect_body();
    send(error_response(error, ""), false);
    stream_.end_sending();
    std::array<std::byte, 16 * 1024> buffer;
    ErrorCode end;
    for (std::size_t dropped = 0; dropped < kLargestRefusedBytes && !end;) {
      dropped += stream_.read_some(asio::buffer(buffer.data(), buffer.size()), end);
    }
  }

  /// A fault: a byte of an answer now and then, until the peer has enough of it.
  bool drip() {
    constexpr std::chrono::milliseconds kPause{100};
    ErrorCode error;
    for (std::size_t i = 0; !error; ++i) {
      constexpr std::string_view kBegin = "HTTP/1.1 200 OK\r\nx-drip: ";
      const char byte = i < kBegin.size() ? kBegin[i] : 'x';
      stream_.expect_body();
      stream_.write_some(asio::buffer(&byte, 1), error);
      if (!service_.sleep(kPause)) break;
    }
    return false;
  }

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
    if (early_used_ < early_.size()) {
      const std::size_t count = std::min(buffer.size(), early_.size() - early_used_);
      std::memcpy(buffer.data(), early_.data() + early_used_, count);
      early_used_ += count;
      return count;
    }
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
    if (error && error != http::error::need_buffer) fail_body(error);
    return buffer.size() - body.size;
  }

  [[noreturn]] static void fail_body(const ErrorCode& error) {
    if (error.value() == ETIMEDOUT && error.category() == boost::system::generic_category()) {
      throw BadBody{"RequestTimeout", kTooSlow};
    }
    if (error.category() == boost::system::system_category()) throw ConnectionBroken();
    if (error == http::error::partial_message || error == http::error::end_of_stream) {
      throw BadBody{"IncompleteBody",
                    "You did not provide the number of bytes specified by the Content-Length HTTP "
                    "header."};
    }
    throw BadBody{"BadRequest", "The body of this request is no HTTP/1.1."};
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
    try {
      discard(kLargestDrainBytes);
    } catch (const BadBody&) {
      // It has its answer.
    }
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
  std::vector<std::byte> early_;
  std::size_t early_used_ = 0;
};

}  // namespace

void serve_connection(int fd, Service& service, const ConnectionLimits& limits,
                      ConnectionWatch& watch) noexcept {
  try {
    SocketStream stream(fd, limits);
    // Bounds what is read ahead of the parser; bodies pass through it in such pieces.
    beast::flat_buffer buffer(128 * 1024);
    auto first_byte = limits.header;
    while (true) {
      watch.begin_waiting();
      stream.expect_request(first_byte);
      if (buffer.size() > 0) stream.expect_header();
      if (!Exchange(stream, buffer, service).run([&] { watch.end_waiting(); })) break;
      first_byte = limits.idle;
    }
  } catch (...) {
    // A client that went away, or no memory for one; there is nobody to tell.
  }
  // Half-closed, the peer still gets what was sent; the descriptor is its owner's to close.
  ::shutdown(fd, SHUT_RDWR);
}

}  // namespace splitscope::s3
