// A request body that can be read as often as it takes: to hash it, to send it, to send it again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "s3/signing/sigv4.h"
#include "strategies/interface/byte_source.h"

namespace splitscope {

struct BodySource {
  std::uint64_t length_bytes = 0;
  /// Begins a pass over exactly `length_bytes`. May be called again and again, one pass at a time;
  /// an earlier pass is dropped first. What it throws reaches the caller of the client.
  std::function<std::unique_ptr<Scan>()> open;
  /// SHA-256 in hex where the caller knows it; empty: the client makes a pass of its own over the
  /// body to sign it.
  std::string sha256;
  /// Called when all bytes have been read and the last ones are about to be sent: what it throws
  /// keeps the request from being complete.
  std::function<void()> before_end = {};
};

/// A body in memory that the caller keeps until the request is over.
[[nodiscard]] BodySource memory_body(std::span<const std::byte> bytes);

namespace s3 {

/// One pass over `body`, hashed: hex. Errors: those of the scan; TruncatedFile when it ends early;
/// Interrupted (base/death.h).
[[nodiscard]] std::string hash_body(const BodySource& body);

/// Copies a body into the buffers of whoever sends it.
class BodyReader {
 public:
  explicit BodyReader(const BodySource& body) : body_(&body) {}
  /// Fills as much of `buffer` as one window allows; 0 at the end. Errors: as hash_body.
  [[nodiscard]] std::size_t read(std::span<std::byte> buffer);
  /// The next read begins at the start.
  void rewind();

 private:
  const BodySource* body_;
  std::unique_ptr<Scan> scan_;
  Bytes window_;
  std::size_t window_used_ = 0;
  std::uint64_t given_bytes_ = 0;
};

}  // namespace s3
}  // namespace splitscope
