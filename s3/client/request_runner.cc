#include "s3/client/request_runner.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/death.h"
#include "base/digest.h"
#include "base/errors.h"
#include "s3/protocol/uri.h"
#include "s3/protocol/xml.h"
#include "s3/signing/sigv4.h"

namespace splitscope::s3 {
namespace {

using std::chrono::milliseconds;

/// How long libcurl may sleep when nothing is due: how late a signal is heeded that came just
/// before.
constexpr milliseconds kLongestSleep{200};

bool is_worth_a_retry(const HttpResponse& response) {
  switch (response.status) {
    case 400:
      // The server saw nothing of the body for too long.
      return text_or_empty(response.body, "Code") == "RequestTimeout";
    case 0:
      // No answer. After bytes reached a sink, a second try would hand them over twice.
      return response.received_bytes == 0;
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return false;
  }
}

S3ClientOptions check(S3ClientOptions options) {
  if (options.credentials.access_key.empty() || options.credentials.secret_key.empty()) {
    throw UsageError("S3 needs an access key and a secret key, and one of them is empty");
  }
  if (options.concurrency == 0 || options.attempts < 1) {
    throw UsageError("S3 needs at least one request in flight and one attempt");
  }
  return options;
}

}  // namespace

std::string text_or_empty(const std::string& document, std::string_view name) {
  try {
    return first_text(document, name).value_or("");
  } catch (const XmlError&) {
    return {};
  }
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  constexpr std::size_t kLongest = 500;
  return text.substr(0, kLongest);
}

/// Leaves no request behind, however run() ends.
struct RequestRunner::StopGuard {
  RequestRunner& runner;
  ~StopGuard() {
    runner.transfers_.stop_all();
    for (Slot& slot : runner.slots_) {
      slot.call.reset();
      slot.request.reset();
      slot.is_active = false;
    }
  }
};

RequestRunner::RequestRunner(S3ClientOptions options)
    : options_(check(std::move(options))),
      endpoint_(parse_endpoint(options_.endpoint)),
      transfers_(options_.concurrency, {options_.connect_timeout, options_.stall_timeout}),
      slots_(options_.concurrency) {}

void RequestRunner::run(const NextCall& next, const OnResponse& on_response) {
  const StopGuard guard{*this};
  bool has_more = true;
  while (true) {
    bool is_busy = false;
    auto sleep = kLongestSleep;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      Slot& at = slots_[slot];
      if (!at.call && has_more) {
        at.call = next(slot);
        at.attempt = 0;
        at.not_before = Clock::now();
        has_more = at.call.has_value();
      }
      if (!at.call) continue;
      is_busy = true;
      if (at.is_active) continue;
      heed_signal();
      const auto now = Clock::now();
      if (now >= at.not_before) {
        send(slot);
      } else {
        sleep = std::min(sleep, std::chrono::ceil<milliseconds>(at.not_before - now));
      }
    }
    if (!is_busy) return;
    heed_signal();
    transfers_.wait(sleep, [&](std::size_t slot, const HttpResponse& response) {
      finish(slot, response, on_response);
    });
  }
}

HttpResponse RequestRunner::run_one(Call call) {
  HttpResponse result;
  std::optional<Call> pending(std::move(call));
  run([&](std::size_t) { return std::exchange(pending, std::nullopt); },
      [&](std::size_t, const HttpResponse& response) { result = response; });
  return result;
}

/// Throws Interrupted once a signal has asked for an end, unless a call is under way that may still
/// come to its own.
void RequestRunner::heed_signal() {
  if (!options_.ends_on_signal || death_signal() == 0) return;
  const auto now = Clock::now();
  if (!dying_since_) dying_since_ = now;
  for (const Slot& slot : slots_) {
    if (slot.is_active && now < *dying_since_ + slot.call->grace) return;
  }
  for (const Slot& slot : slots_) {
    if (slot.is_active && slot.call->counts_unanswered) ++statistics_.unanswered_creations;
  }
  throw_if_dying();
}

void RequestRunner::send(std::size_t slot) {
  Slot& at = slots_[slot];
  Call& call = *at.call;
  if (call.payload_hash.empty()) call.payload_hash = payload_hash(call);

  // The time is part of the signature, so every attempt is signed anew.
  const std::string time =
      format_time(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  SignableRequest signable{call.method, call.path, call.query, call.headers, call.payload_hash};
  signable.headers.emplace_back("host", endpoint_.host);
  signable.headers.emplace_back("x-amz-content-sha256", call.payload_hash);
  signable.headers.emplace_back("x-amz-date", time);

  HttpRequest& request = at.request.emplace();
  request.method = call.method;
  request.url = endpoint_.base_url + encode_path(call.path);
  if (!call.query.empty()) request.url.append("?").append(canonical_query(call.query));
  request.body = call.body ? &*call.body : nullptr;
  request.sink = call.sink;
  request.limit = call.attempt_limit.count() > 0 ? call.attempt_limit : options_.attempt_limit;
  std::string proof = authorization(signable, {time, options_.region, "s3"}, options_.credentials);
  request.headers = std::move(signable.headers);
  request.headers.emplace_back("authorization", std::move(proof));

  ++at.attempt;
  ++statistics_.requests;
  if (at.attempt > 1) ++statistics_.retries;
  transfers_.start(slot, request);
  at.is_active = true;
}

std::string RequestRunner::payload_hash(const Call& call) {
  if (!call.body) return to_hex(digest_of(HashKind::kSha256, ""));
  if (!call.body->sha256.empty()) return call.body->sha256;
  if (options_.payload == PayloadSigning::kUnsigned) return std::string(kUnsignedPayload);
  statistics_.prepass_bytes += call.body->length_bytes;
  return hash_body(*call.body);
}

void RequestRunner::finish(std::size_t slot, const HttpResponse& response,
                           const OnResponse& on_response) {
  Slot& at = slots_[slot];
  at.is_active = false;
  statistics_.sent_bytes += response.sent_bytes;
  statistics_.requests += response.resent;
  statistics_.retries += response.resent;
  if (at.call->counts_unanswered) {
    const std::uint64_t answered = response.status == 0 ? 0 : 1;
    statistics_.unanswered_creations += std::max(response.sendings, answered) - answered;
  }
  if (response.status >= 200 && response.status < 300) {
    on_response(slot, response);
    at.call.reset();
    return;
  }
  const int attempts = at.call->attempts > 0 ? at.call->attempts : options_.attempts;
  if (!is_worth_a_retry(response) || at.attempt >= attempts) throw error(at, response);
  auto backoff = options_.first_backoff;
  for (int i = 1; i < at.attempt && backoff < options_.longest_backoff; ++i) backoff *= 2;
  at.not_before = Clock::now() + std::min(backoff, options_.longest_backoff);
}

S3Error RequestRunner::error(const Slot& slot, const HttpResponse& response) const {
  const std::string request =
      fmt::format("{} {}{}", slot.call->method, endpoint_.base_url, encode_path(slot.call->path));
  const std::string tries = slot.attempt > 1 ? fmt::format(" ({} attempts)", slot.attempt) : "";
  if (response.status == 0) {
    return {0, "", fmt::format("{}: {}{}", request, response.transport_error, tries)};
  }
  const std::string code = one_line(text_or_empty(response.body, "Code"));
  return {response.status, code,
          fmt::format("{}: {} {}: {}{}", request, response.status, code,
                      one_line(text_or_empty(response.body, "Message")), tries)};
}

}  // namespace splitscope::s3
