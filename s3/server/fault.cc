#include "s3/server/fault.h"

#include <charconv>

#include "base/errors.h"

namespace splitscope {
namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_requests(std::string_view text, S3Fault& fault) {
  const std::size_t times = text.find('x');
  if (times != std::string_view::npos && !parse_number(text.substr(times + 1), fault.times)) {
    return false;
  }
  return parse_number(text.substr(0, times), fault.first) && fault.first > 0;
}

bool parse_action(std::string_view text, S3Fault& fault) {
  constexpr std::string_view kDelay = "delay=";
  if (text == "drop") {
    fault.action = S3Fault::Action::kDrop;
    return true;
  }
  if (text == "lose-response") {
    fault.action = S3Fault::Action::kLoseResponse;
    return true;
  }
  if (text == "drip") {
    fault.action = S3Fault::Action::kDrip;
    return true;
  }
  if (text.starts_with(kDelay) && text.ends_with("ms")) {
    fault.action = S3Fault::Action::kDelay;
    text.remove_prefix(kDelay.size());
    text.remove_suffix(2);
    std::int64_t milliseconds = 0;
    const bool is_valid = parse_number(text, milliseconds) && milliseconds >= 0;
    fault.delay = std::chrono::milliseconds(milliseconds);
    return is_valid;
  }
  fault.action = S3Fault::Action::kStatus;
  return parse_number(text, fault.status) && fault.status >= 400 && fault.status <= 599;
}

}  // namespace

S3Fault parse_s3_fault(std::string_view text) {
  S3Fault fault;
  const std::size_t first = text.find(':');
  const std::size_t second =
      first == std::string_view::npos ? std::string_view::npos : text.find(':', first + 1);
  if (first == 0 || second == std::string_view::npos ||
      !parse_requests(text.substr(first + 1, second - first - 1), fault) ||
      !parse_action(text.substr(second + 1), fault)) {
    throw UsageError("\"" + std::string(text) +
                     "\" is no fault; write operation:request:action, such as UploadPart:2:503, "
                     "UploadPart:1x3:drop or PutObject:1:delay=200ms");
  }
  fault.operation = text.substr(0, first);
  return fault;
}

namespace s3 {

std::optional<S3Fault> FaultPlan::count(const std::string& operation) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++counts_[operation];
  for (const S3Fault& fault : faults_) {
    if (fault.operation == operation && number >= fault.first &&
        number - fault.first < fault.times) {
      return fault;
    }
  }
  return std::nullopt;
}

std::uint64_t FaultPlan::requests(const std::string& operation) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(operation);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace s3
}  // namespace splitscope
