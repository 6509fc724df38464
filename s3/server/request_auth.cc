#include "s3/server/request_auth.h"

#include <algorithm>

#include "s3/protocol/s3_error.h"

namespace splitscope::s3 {
namespace {

/// S3 takes requests signed at most this long ago or ahead.
constexpr auto kLargestSkew = std::chrono::minutes(15);

constexpr std::size_t kSha256HexSize = 64;

bool is_sha256_hex(const std::string& text) {
  return text.size() == kSha256HexSize && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

ParsedAuthorization parse(const Target& target, const Headers& headers) {
  const std::string* value = find_value(headers, "authorization");
  if (value == nullptr) {
    throw S3Error(403, "AccessDenied",
                  find_value(target.query, "X-Amz-Signature") != nullptr
                      ? "Access Denied: this server takes no presigned URLs, only the "
                        "Authorization header."
                      : "Access Denied: the request is not signed.");
  }
  auto parsed = parse_authorization(*value);
  if (!parsed) {
    throw S3Error(400, "AuthorizationHeaderMalformed",
                  "The authorization header is malformed; this server takes AWS4-HMAC-SHA256 with "
                  "Credential, SignedHeaders and Signature.");
  }
  if (parsed->service != "s3") {
    throw S3Error(400, "AuthorizationHeaderMalformed",
                  "The authorization header is malformed; the service must be s3.");
  }
  return std::move(*parsed);
}

std::string check_time(const ParsedAuthorization& parsed, const Headers& headers,
                       std::chrono::sys_seconds now) {
  const std::string* text = find_value(headers, "x-amz-date");
  const auto time = text == nullptr ? std::nullopt : parse_time(*text);
  if (!time) {
    throw S3Error(403, "AccessDenied",
                  "AWS authentication requires a valid x-amz-date header (20130524T000000Z).");
  }
  if (parsed.date != text->substr(0, parsed.date.size()) || parsed.date.size() != 8) {
    throw S3Error(400, "AuthorizationHeaderMalformed",
                  "The authorization header is malformed; its date is not that of x-amz-date.");
  }
  if (*time > now + kLargestSkew || *time < now - kLargestSkew) {
    throw S3Error(403, "RequestTimeTooSkewed",
                  "The difference between the request time and the current time is too large.");
  }
  return *text;
}

/// The headers that the signature covers; all that change the meaning of a request must be among
/// them.
Headers signed_headers(const ParsedAuthorization& parsed, const Headers& headers) {
  const auto is_signed = [&](const std::string& name) {
    return std::find(parsed.signed_headers.begin(), parsed.signed_headers.end(), name) !=
           parsed.signed_headers.end();
  };
  Headers covered;
  for (const auto& [name, value] : headers) {
    if (is_signed(name)) {
      covered.emplace_back(name, value);
    } else if (name == "host" || name.starts_with("x-amz-")) {
      throw S3Error(403, "AccessDenied",
                    "There were headers present in the request which were not signed: " + name);
    }
  }
  return covered;
}

std::string payload_hash(const Headers& headers) {
  const std::string* hash = find_value(headers, "x-amz-content-sha256");
  if (hash == nullptr) {
    throw S3Error(400, "InvalidRequest",
                  "Missing required header for this request: x-amz-content-sha256");
  }
  if (hash->starts_with("STREAMING-")) {
    throw S3Error(501, "NotImplemented",
                  "This server takes no chunked signatures; sign the whole payload or send "
                  "UNSIGNED-PAYLOAD.");
  }
  if (*hash != kUnsignedPayload && !is_sha256_hex(*hash)) {
    throw S3Error(400, "InvalidArgument",
                  "x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a SHA-256 in hex.");
  }
  return *hash;
}

}  // namespace

std::string authenticate(const std::string& method, const Target& target, const Headers& headers,
                         const Credentials& credentials, std::chrono::sys_seconds now) {
  const ParsedAuthorization parsed = parse(target, headers);
  if (parsed.access_key != credentials.access_key) {
    throw S3Error(403, "InvalidAccessKeyId",
                  "The access key ID you provided does not exist in our records.");
  }
  const std::string time = check_time(parsed, headers, now);
  SignableRequest request{method, target.path, target.query, signed_headers(parsed, headers),
                          payload_hash(headers)};
  const std::string expected =
      signature(request, {time, parsed.region, parsed.service}, credentials.secret_key);
  if (!equal_in_constant_time(expected, parsed.signature)) {
    throw S3Error(403, "SignatureDoesNotMatch",
                  "The request signature we calculated does not match the signature you provided. "
                  "Check your key and signing method.");
  }
  return request.payload_hash;
}

}  // namespace splitscope::s3
