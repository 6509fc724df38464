// AWS Signature Version 4 in the Authorization header, with S3's rules: the path is encoded once
// and never normalised. Source: "Signature Calculations for the Authorization Header" of the S3 API
// reference and aws-signing-test-suite of awslabs/aws-c-auth.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/protocol/http_message.h"

namespace splitscope::s3 {

/// Never printed, never part of an error.
struct Credentials {
  std::string access_key;
  std::string secret_key;
};

/// Where and when a signature holds.
struct SigningScope {
  /// "20130524T000000Z".
  std::string time;
  std::string region;
  std::string service;

  /// "20130524/us-east-1/s3/aws4_request".
  [[nodiscard]] std::string text() const;
};

/// What is signed. All of `headers` are; names in lower case, "host" among them.
struct SignableRequest {
  std::string method;
  /// Decoded, begins with '/'.
  std::string path;
  Query query;
  Headers headers;
  /// SHA-256 of the body in hex, or kUnsignedPayload.
  std::string payload_hash;
};

inline constexpr std::string_view kSigningAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

/// "host;x-amz-date": the names that are signed, sorted.
[[nodiscard]] std::string signed_header_names(const Headers& headers);
[[nodiscard]] std::string canonical_request(const SignableRequest& request);
[[nodiscard]] std::string string_to_sign(const SignableRequest& request, const SigningScope& scope);
/// In hex.
[[nodiscard]] std::string signature(const SignableRequest& request, const SigningScope& scope,
                                    std::string_view secret_key);
/// Value of the Authorization header.
[[nodiscard]] std::string authorization(const SignableRequest& request, const SigningScope& scope,
                                        const Credentials& credentials);

/// An Authorization header taken apart.
struct ParsedAuthorization {
  std::string access_key;
  std::string date;
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;
};

/// Nothing when `value` is not of the form that authorization() makes.
[[nodiscard]] std::optional<ParsedAuthorization> parse_authorization(std::string_view value);

/// Equality in a time that does not depend on where the texts differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

/// "20130524T000000Z" and back; nothing when malformed or no such time.
[[nodiscard]] std::string format_time(std::chrono::sys_seconds time);
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_time(std::string_view text);

}  // namespace splitscope::s3
