// An error that S3 has a code for: what a server answers and what a client throws.
#pragma once

#include <stdexcept>
#include <string>

namespace splitscope {

/// `what()` names the request and says what was wrong; it never holds credentials.
class S3Error : public std::runtime_error {
 public:
  S3Error(int status, std::string code, const std::string& message)
      : std::runtime_error(message), status_(status), code_(std::move(code)) {}

  /// HTTP status; 0 when no response came.
  [[nodiscard]] int status() const { return status_; }
  /// "NoSuchKey"; empty when the server gave none.
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  int status_;
  std::string code_;
};

}  // namespace splitscope
