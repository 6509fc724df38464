#include "workloads/s3/server.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <list>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/errors.h"
#include "workloads/s3/http_connection.h"
#include "workloads/s3/service.h"

namespace splitscope {
namespace {

s3::ServiceOptions service_options(const S3ServerOptions& options) {
  if (options.credentials.access_key.empty() || options.credentials.secret_key.empty()) {
    throw UsageError("the S3 server needs an access key and a secret key");
  }
  s3::ServiceOptions made;
  made.store.storage = options.folder ? s3::Storage::kDisk : s3::Storage::kDigestOnly;
  made.store.folder = options.folder.value_or("");
  made.store.minimum_part_bytes = options.minimum_part_bytes;
  made.credentials = options.credentials;
  made.faults = options.faults;
  made.clock = options.clock;
  return made;
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

class S3Server::Impl {
 public:
  explicit Impl(const S3ServerOptions& options)
      : service_(service_options(options)), port_(options.port) {}
  ~Impl() { stop(); }

  void start() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener_ < 0) fail("cannot make a socket");
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, SOMAXCONN) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      const int error = errno;
      ::close(std::exchange(listener_, -1));
      errno = error;
      fail("cannot listen on 127.0.0.1:" + std::to_string(port_));
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_connections(); });
  }

  void stop() {
    if (listener_ < 0) return;
    is_stopping_ = true;
    // Wakes accept(), which then fails.
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(std::exchange(listener_, -1));
    for (Connection& connection : connections_) ::shutdown(connection.fd, SHUT_RDWR);
    connections_.clear();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] s3::Service& service() { return service_; }

 private:
  struct Connection {
    explicit Connection(int connected) : fd(connected) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
      if (thread.joinable()) thread.join();
      ::close(fd);
    }
    int fd;
    std::atomic<bool> is_over{false};
    std::thread thread;
  };

  void accept_connections() {
    while (!is_stopping_) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (is_stopping_) return;
        // Out of descriptors, most likely: existing connections may end and free some.
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      connections_.remove_if(
          [](const Connection& connection) { return connection.is_over.load(); });
      Connection& connection = connections_.emplace_back(fd);
      try {
        connection.thread = std::thread([this, &connection] {
          s3::serve_connection(connection.fd, service_);
          connection.is_over = true;
        });
      } catch (const std::system_error&) {
        // No more threads: this client sees its connection closed and tries again.
        connections_.pop_back();
      }
    }
  }

  s3::Service service_;
  std::uint16_t port_;
  int listener_ = -1;
  std::atomic<bool> is_stopping_{false};
  std::thread acceptor_;
  /// Touched by the acceptor only, and by stop() after it ended.
  std::list<Connection> connections_;
};

S3Server::S3Server(const S3ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
S3Server::~S3Server() = default;

void S3Server::start() { impl_->start(); }
std::uint16_t S3Server::port() const { return impl_->port(); }
std::string S3Server::endpoint() const { return "http://127.0.0.1:" + std::to_string(port()); }
void S3Server::stop() { impl_->stop(); }
std::uint64_t S3Server::requests(const std::string& operation) const {
  return impl_->service().requests(operation);
}
s3::ObjectStore& S3Server::store() { return impl_->service().store(); }

int run_s3_server(const S3ServerOptions& options) {
  // Blocked before any thread starts, so that sigwait alone sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  S3Server server(options);
  server.start();
  std::printf("listening on %s\n", server.endpoint().c_str());
  std::fflush(stdout);
  if (options.on_listening) options.on_listening(server.port());
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return 0;
}

}  // namespace splitscope
