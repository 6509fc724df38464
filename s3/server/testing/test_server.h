// A server of the test's own, and clients that know its secret.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "s3/client/client.h"
#include "s3/server/server.h"

namespace splitscope::test {

inline const s3::Credentials kTestCredentials{"test-access-key", "test-secret-key"};

inline S3ServerOptions server_options() {
  S3ServerOptions options;
  options.credentials = kTestCredentials;
  options.minimum_part_bytes = 1;
  return options;
}

/// Listens from construction on.
class TestServer {
 public:
  explicit TestServer(const S3ServerOptions& options = server_options()) : server_(options) {
    server_.start();
  }
  S3Server* operator->() { return &server_; }

  [[nodiscard]] S3ClientOptions client_options() const {
    S3ClientOptions options;
    options.endpoint = server_.endpoint();
    options.credentials = kTestCredentials;
    options.first_backoff = std::chrono::milliseconds(1);
    return options;
  }

 private:
  S3Server server_;
};

/// Bytes that differ from one position to the next and repeat only after long.
inline std::vector<std::byte> pattern_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t state = 12345;
  for (auto& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

}  // namespace splitscope::test
