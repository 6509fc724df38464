// Failures that a server is told to show, so that clients can be tested against them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace splitscope {

/// What happens to requests number `first`, `first` + 1, ... (`times` of them, counted from 1 among
/// the signed requests of one operation).
struct S3Fault {
  enum class Action {
    /// Answered with `status` before the body is read.
    kStatus,
    /// Part of the body is read, then the connection is closed without an answer.
    kDrop,
    /// Answered after `delay`.
    kDelay,
    /// Done, but the connection is closed instead of an answer: the client cannot know.
    kLoseResponse,
    /// Answered a byte at a time, without end; nothing is done.
    kDrip,
  };
  /// "PutObject", "UploadPart", ...
  std::string operation;
  std::uint64_t first = 1;
  std::uint64_t times = 1;
  Action action = Action::kStatus;
  int status = 503;
  std::chrono::milliseconds delay{0};
};

/// "UploadPart:2:503", "UploadPart:1:drop", "PutObject:1:delay=200ms",
/// "CompleteMultipartUpload:1:lose-response", "AbortMultipartUpload:1:drip"; "2x3" for the number
/// means three requests from the second on. Errors: UsageError that quotes `text`.
[[nodiscard]] S3Fault parse_s3_fault(std::string_view text);

namespace s3 {

/// Counts requests by operation and says which fault, if any, hits one. Thread-safe.
class FaultPlan {
 public:
  explicit FaultPlan(std::vector<S3Fault> faults) : faults_(std::move(faults)) {}
  [[nodiscard]] std::optional<S3Fault> count(const std::string& operation);
  [[nodiscard]] std::uint64_t requests(const std::string& operation) const;

 private:
  std::vector<S3Fault> faults_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace s3
}  // namespace splitscope
