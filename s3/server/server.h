// A loopback S3 server: what uploads are measured and tested against. See README.md for what of S3
// it does.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "s3/server/fault.h"
#include "s3/server/object_store.h"
#include "s3/server/progress.h"
#include "s3/signing/sigv4.h"

namespace splitscope {

struct S3ServerOptions {
  /// 0: any free one. The address is always 127.0.0.1.
  std::uint16_t port = 0;
  s3::Credentials credentials;
  /// Objects are kept below this folder: new, empty, or that of an earlier server, whose objects
  /// are there again. Absent: only their lengths and digests are kept, and GetObject is refused.
  std::optional<std::filesystem::path> folder;
  /// Least size of all parts but the last. Smaller than S3's own so that small uploads can have
  /// many parts.
  std::uint64_t minimum_part_bytes = 5 * 1024 * 1024;
  std::vector<S3Fault> faults;
  s3::ConnectionLimits limits;
  /// For tests of skewed clocks; empty means the system's.
  std::function<std::chrono::system_clock::time_point()> clock;
  /// Told the port once requests are taken, by run_s3_server only.
  std::function<void(std::uint16_t)> on_listening;
  /// Whether run_s3_server ends when its parent does, however that comes about.
  bool ends_with_parent = false;
};

/// Takes connections from start() to stop() (or destruction), each on a thread of its own. When
/// there is no room for more, those that have waited longest for a request are ended, and new ones
/// wait; the same when descriptors run out. start() and stop() from one thread; the rest from any.
class S3Server {
 public:
  /// Errors: UsageError about credentials or folder.
  explicit S3Server(const S3ServerOptions& options);
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  /// Errors: std::system_error that names the port.
  void start();
  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:PORT".
  [[nodiscard]] std::string endpoint() const;
  /// Breaks off what is going on and waits for the threads.
  void stop();

  /// Signed requests of an operation ("UploadPart") so far.
  [[nodiscard]] std::uint64_t requests(const std::string& operation) const;
  [[nodiscard]] s3::ObjectStore& store();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Serves until INT, TERM, HUP or QUIT; prints "listening on http://127.0.0.1:PORT" to stdout as
/// the first line. Ends within two seconds of the signal, whatever connections there are, and
/// returns 128 + signal. Signals that were ignored before stay so. Call from the main thread, with
/// no other running. Errors: as S3Server.
int run_s3_server(const S3ServerOptions& options);

}  // namespace splitscope
