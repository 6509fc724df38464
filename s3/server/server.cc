#include "s3/server/server.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/death.h"
#include "base/errors.h"
#include "s3/server/connection_pool.h"
#include "s3/server/http_connection.h"
#include "s3/server/service.h"

namespace splitscope {
namespace {

/// From the signal that ends the server to its end.
constexpr std::chrono::milliseconds kLongestStop{1500};

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

/// Each connection has a socket and, where bytes are kept, a file that comes in and one of which it
/// is put together. Some descriptors are always in use for something else.
std::size_t most_connections(const S3ServerOptions& options) {
  constexpr rlim_t kReserved = 24;
  constexpr rlim_t kLeast = 2;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return options.limits.connections;
  const rlim_t left = limit.rlim_cur > kReserved ? limit.rlim_cur - kReserved : 0;
  const rlim_t most = std::max(kLeast, left / (options.folder ? 3 : 1));
  return static_cast<std::size_t>(std::min<rlim_t>(most, options.limits.connections));
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

class S3Server::Impl {
 public:
  explicit Impl(const S3ServerOptions& options)
      : service_(service_options(options)),
        limits_(options.limits),
        port_(options.port),
        pool_(most_connections(options), [this](int fd, s3::ConnectionWatch& watch) {
          s3::serve_connection(fd, service_, limits_, watch);
        }) {}
  ~Impl() { stop(); }

  void start() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
    // Wakes the acceptor.
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(std::exchange(listener_, -1));
    service_.stop();
    pool_.stop();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] s3::Service& service() { return service_; }

 private:
  void accept_connections() noexcept {
    while (!is_stopping_) {
      try {
        pool_.collect();
        if (pool_.is_full() || !accept_one()) {
          // What waits for a connection stays in the queue of the kernel meanwhile.
          pool_.end_idle();
          pool_.wait_for_room();
        }
      } catch (const std::exception&) {
        // No memory, for now.
        pool_.wait_for_room();
      }
    }
  }

  /// Whether there may be room for more: not when descriptors or memory have run out.
  bool accept_one() {
    // So that the threads of connections that are over are joined even when no new one comes.
    constexpr int kCollectEveryMs = 1000;
    pollfd waited{listener_, POLLIN, 0};
    if (::poll(&waited, 1, kCollectEveryMs) <= 0 || is_stopping_) return true;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return errno == EINTR || errno == EAGAIN || errno == ECONNABORTED;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    pool_.add(fd);
    return true;
  }

  s3::Service service_;
  s3::ConnectionLimits limits_;
  std::uint16_t port_;
  int listener_ = -1;
  std::atomic<bool> is_stopping_{false};
  std::thread acceptor_;
  s3::ConnectionPool pool_;
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

namespace {

/// As many as the system allows: one per connection is needed, and more with a folder.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Those that nobody told the program to ignore.
sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    sigaddset(&signals, signal);
  }
  return signals;
}

}  // namespace

int run_s3_server(const S3ServerOptions& options) {
  // Blocked before any thread starts, so that sigwait alone sees them.
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // The parent's end is a signal like the others. If it is gone already, the line below has no
  // reader left and is the end.
  if (options.ends_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  raise_descriptor_limit();

  std::optional<S3Server> server(std::in_place, options);
  server->start();
  std::printf("listening on %s\n", server->endpoint().c_str());
  if (std::fflush(stdout) != 0) fail("cannot say on standard output where the server listens");
  if (options.on_listening) options.on_listening(server->port());
  int signal = 0;
  sigwait(&signals, &signal);
  // Should a disk or a bug keep a thread: what is not whole is removed at the next start.
  std::thread([signal] {
    std::this_thread::sleep_for(kLongestStop);
    ::_exit(exit_code_of_signal(signal));
  }).detach();
  server.reset();
  return exit_code_of_signal(signal);
}

}  // namespace splitscope
