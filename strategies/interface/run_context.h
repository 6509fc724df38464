// How work that is measured says where it is.
#pragma once

#include <cstdint>
#include <string_view>

namespace splitscope {

/// What a workload and the writers that it uses may say while they run. phase() and count() are
/// cheap and allocate nothing.
class RunContext {
 public:
  virtual ~RunContext() = default;
  /// Ends the phase before and begins `name`, a string literal.
  virtual void phase(std::string_view name) = 0;
  /// Adds to an effort counter of the workload's own, such as "s3_requests"; `key` is a literal.
  virtual void count(std::string_view key, std::uint64_t amount) = 0;
  /// One line for people about what is finished; only outside measured windows, where it is lost.
  virtual void tell(std::string_view /*line*/) {}
};

}  // namespace splitscope
