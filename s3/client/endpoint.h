// Where an S3 server is.
#pragma once

#include <string>

namespace splitscope::s3 {

struct Endpoint {
  /// "http://127.0.0.1:9000", without a slash at the end.
  std::string base_url;
  /// As in the Host header: the port is there unless it is the scheme's own.
  std::string host;
};

/// Errors: UsageError that quotes `text`, but neither a user name nor a password in it.
[[nodiscard]] Endpoint parse_endpoint(const std::string& text);

}  // namespace splitscope::s3
