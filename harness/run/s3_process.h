// The loopback S3 server of a run: a process of its own, so that its memory is nobody's figure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/run/process.h"

namespace splitscope::run {

/// Starts "splitscope s3-server" on a free port with credentials made up for it; the destructor
/// ends it. Errors: std::runtime_error when it does not come up.
class S3Process {
 public:
  explicit S3Process(const std::string& program = "/proc/self/exe");

  /// "http://127.0.0.1:PORT".
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  /// The keys that a workload signs with, "NAME=value".
  [[nodiscard]] const std::vector<std::string>& environment() const { return environment_; }

 private:
  std::string endpoint_;
  std::vector<std::string> environment_;
  std::unique_ptr<Process> process_;
};

}  // namespace splitscope::run
