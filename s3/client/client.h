// An S3 client over libcurl with a signer of our own: libcurl's signs no payload and mistakes
// "?uploads" (curl#8107, curl#8810).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "s3/client/body_source.h"
#include "s3/protocol/s3_error.h"
#include "s3/signing/sigv4.h"

namespace splitscope {

namespace s3 {
class RequestRunner;
}

enum class PayloadSigning {
  /// The SHA-256 of each body is part of its signature, so the server checks every byte. Costs one
  /// more pass over the body, as Quickwit's MD5 pre-read does.
  kSigned,
  /// "UNSIGNED-PAYLOAD": every body is read once; over plain HTTP nothing protects it.
  kUnsigned,
};

struct S3ClientOptions {
  /// "http://127.0.0.1:9000": scheme, host, port and nothing else.
  std::string endpoint;
  std::string region = "us-east-1";
  s3::Credentials credentials;
  PayloadSigning payload = PayloadSigning::kSigned;
  /// Parts in flight of upload_parts.
  std::size_t concurrency = 4;
  /// Quickwit's "aggressive" policy: 5 attempts, the wait doubles from 250 ms up to 20 s.
  int attempts = 5;
  std::chrono::milliseconds first_backoff{250};
  std::chrono::milliseconds longest_backoff{20'000};
  std::chrono::milliseconds connect_timeout{10'000};
  /// Completing a large upload may take a server minutes without a byte.
  std::chrono::seconds stall_timeout{300};
  /// How long one attempt may take, whatever the server sends meanwhile; 0: as long as it takes.
  std::chrono::milliseconds attempt_limit{0};
  /// Whether calls end with Interrupted once a signal asks for an end (base/death.h). Whoever
  /// cleans up after one turns it off, and sets a limit.
  bool ends_on_signal = true;
};

struct S3ClientStatistics {
  /// Attempts sent, retries included.
  std::uint64_t requests = 0;
  std::uint64_t retries = 0;
  std::uint64_t sent_bytes = 0;
  /// Read once more for signatures.
  std::uint64_t prepass_bytes = 0;
  /// Requests to begin a multipart upload that were sent and not answered. Each may have begun one
  /// whose id nobody knows.
  std::uint64_t unanswered_creations = 0;
};

struct S3ObjectInfo {
  std::uint64_t length_bytes = 0;
  /// Without quotes.
  std::string etag;
  /// Sent by the splitscope server: hex, "<hex>-<parts>"; empty elsewhere.
  std::string sha256;
  std::string composite_sha256;
};

/// A multipart upload that was begun and neither completed nor aborted.
struct S3OpenUpload {
  std::string key;
  std::string id;
  /// As the server writes it: "2013-05-24T00:00:00.000Z".
  std::string initiated;
};

/// Single-threaded; handles and connections are reused between calls. Every call throws S3Error,
/// with the server's code and message or, without an answer, status 0. Connection failures and
/// answers of 429, 500, 502, 503 and 504 are retried first, bodies being read anew. Proxies of the
/// environment are not used. What a BodySource or a sink throws passes through. Calls end with
/// Interrupted within a fraction of a second of a signal that asks for an end; requests that begin
/// or complete an upload are given a few seconds to be answered first, so that it is known what is
/// there to clean up.
class S3Client {
 public:
  /// Errors: UsageError about endpoint, credentials or numbers.
  explicit S3Client(S3ClientOptions options);
  ~S3Client();
  S3Client(const S3Client&) = delete;
  S3Client& operator=(const S3Client&) = delete;

  /// One attempt, 10 seconds: whether the server says that there is no such bucket. Any other
  /// answer, and none, is a no: not everybody may ask.
  [[nodiscard]] bool lacks_bucket(const std::string& bucket);
  /// No error when the bucket is the caller's already.
  void create_bucket(const std::string& bucket);

  /// Returns the ETag without quotes, as all that follow.
  std::string put_object(const std::string& bucket, const std::string& key, const BodySource& body);
  [[nodiscard]] S3ObjectInfo head_object(const std::string& bucket, const std::string& key);
  /// Hands `length` bytes from `offset` on, or everything, to `sink` piece by piece. Retried only
  /// as long as `sink` got nothing.
  void get_object(const std::string& bucket, const std::string& key,
                  const std::function<void(std::span<const std::byte>)>& sink,
                  std::optional<std::pair<std::uint64_t, std::uint64_t>> range = std::nullopt);
  void delete_object(const std::string& bucket, const std::string& key);

  /// Returns the upload id.
  [[nodiscard]] std::string create_multipart_upload(const std::string& bucket,
                                                    const std::string& key);
  /// Uploads parts 1 to `count`, up to `concurrency` at once; returns their ETags in order.
  /// `make_body(part, slot)` is called with part from 0 on and slot below the concurrency when a
  /// part's turn comes; two parts in flight never have the same slot. After an error all is broken
  /// off; abort_multipart_upload is the caller's.
  [[nodiscard]] std::vector<std::string> upload_parts(
      const std::string& bucket, const std::string& key, const std::string& upload_id,
      std::size_t count,
      const std::function<BodySource(std::size_t part, std::size_t slot)>& make_body);
  std::string complete_multipart_upload(const std::string& bucket, const std::string& key,
                                        const std::string& upload_id,
                                        const std::vector<std::string>& etags);
  /// No error when there is no such upload any more.
  void abort_multipart_upload(const std::string& bucket, const std::string& key,
                              const std::string& upload_id);

  /// The open uploads of exactly `key`, as many as ten pages hold.
  [[nodiscard]] std::vector<S3OpenUpload> list_multipart_uploads(const std::string& bucket,
                                                                 const std::string& key);

  [[nodiscard]] const S3ClientStatistics& statistics() const;

 private:
  std::unique_ptr<s3::RequestRunner> runner_;
};

}  // namespace splitscope
