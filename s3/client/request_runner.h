// Signed requests with retries, several at once: what every call of the S3 client goes through.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "s3/client/body_source.h"
#include "s3/client/client.h"
#include "s3/client/endpoint.h"
#include "s3/client/transfer.h"

namespace splitscope::s3 {

/// A request before it is signed.
struct Call {
  std::string method;
  /// Decoded.
  std::string path;
  Query query = {};
  Headers headers = {};
  std::optional<BodySource> body = std::nullopt;
  /// Gets the body of a good answer in pieces.
  std::function<void(std::span<const std::byte>)> sink = {};
  /// Filled before the first attempt.
  std::string payload_hash = {};
  /// 0: as the client's options say.
  int attempts = 0;
  std::chrono::milliseconds attempt_limit{0};
  /// How long it may go on after a signal has asked for an end, so that its outcome is known.
  std::chrono::milliseconds grace{0};
  /// Whether S3ClientStatistics::unanswered_creations counts it.
  bool counts_unanswered = false;
};

/// Single-threaded. Keeps one libcurl handle per slot.
class RequestRunner {
 public:
  /// The next call for a slot, or nothing when there are no more.
  using NextCall = std::function<std::optional<Call>(std::size_t slot)>;
  using OnResponse = std::function<void(std::size_t slot, const HttpResponse&)>;

  /// Errors: UsageError.
  explicit RequestRunner(S3ClientOptions options);

  /// Drives calls through all slots until `next` has none left. Errors: S3Error for an answer that
  /// is not 2xx after the retries; Interrupted. Everything in flight is broken off then.
  void run(const NextCall& next, const OnResponse& on_response);
  HttpResponse run_one(Call call);

  [[nodiscard]] const S3ClientStatistics& statistics() const { return statistics_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Slot {
    std::optional<Call> call;
    /// Gone between calls, so that nothing of one call shows in the heap figures of the next.
    std::optional<HttpRequest> request;
    int attempt = 0;
    bool is_active = false;
    Clock::time_point not_before;
  };
  struct StopGuard;

  void heed_signal();
  void send(std::size_t slot);
  [[nodiscard]] std::string payload_hash(const Call& call);
  void finish(std::size_t slot, const HttpResponse& response, const OnResponse& on_response);
  [[nodiscard]] S3Error error(const Slot& slot, const HttpResponse& response) const;

  S3ClientOptions options_;
  Endpoint endpoint_;
  TransferGroup transfers_;
  std::vector<Slot> slots_;
  S3ClientStatistics statistics_;
  /// When the signal that asks for an end was first seen.
  std::optional<Clock::time_point> dying_since_;
};

/// Text of an element of an answer; empty when there is none or the answer is no XML.
[[nodiscard]] std::string text_or_empty(const std::string& document, std::string_view name);

/// Shortened, on one line, whatever the server wrote.
[[nodiscard]] std::string one_line(std::string text);

}  // namespace splitscope::s3
