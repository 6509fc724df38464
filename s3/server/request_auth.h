// The server's side of SigV4: is a request signed by who knows the secret, now, for this server?
#pragma once

#include <chrono>
#include <string>

#include "s3/protocol/http_message.h"
#include "s3/protocol/uri.h"
#include "s3/signing/sigv4.h"

namespace splitscope::s3 {

/// Checks the Authorization header against `credentials` and returns the payload hash that was
/// signed: SHA-256 in hex, still to be compared with the body, or kUnsignedPayload.
/// Errors: S3Error with the code that S3 gives: AccessDenied, AuthorizationHeaderMalformed,
/// InvalidAccessKeyId, RequestTimeTooSkewed, SignatureDoesNotMatch, InvalidRequest, NotImplemented.
[[nodiscard]] std::string authenticate(const std::string& method, const Target& target,
                                       const Headers& headers, const Credentials& credentials,
                                       std::chrono::sys_seconds now);

}  // namespace splitscope::s3
