// The working set of a cgroup while something runs in it: what Kubernetes holds against a limit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/record/measure.h"

namespace splitscope::record {

/// Of memory.stat: `anon`, `active_file`, `inactive_file` of version 2, else the `total_` figures
/// of version 1. Nothing where one is missing.
struct WorkingSetStat {
  std::uint64_t anon_bytes = 0;
  std::uint64_t active_file_bytes = 0;
  std::uint64_t inactive_file_bytes = 0;
};
[[nodiscard]] std::optional<WorkingSetStat> parse_working_set(std::string_view text) noexcept;

/// Usage less inactive file pages, from outside. sample() reads the usage each time (0.6 us) and
/// memory.stat (8 us) where a new peak is possible, and now and then. Holds descriptors, no thread;
/// not thread-safe.
class WorkingSetWatcher {
 public:
  /// `folder` of the cgroup; empty where there is none, for the reason `absent_because`.
  explicit WorkingSetWatcher(const std::string& folder, std::string absent_because = {});
  ~WorkingSetWatcher();
  WorkingSetWatcher(const WorkingSetWatcher&) = delete;
  WorkingSetWatcher& operator=(const WorkingSetWatcher&) = delete;

  /// Never allocates.
  void sample() noexcept;
  /// Of the highest sample so far.
  [[nodiscard]] Measures measures() const;

 private:
  int usage_fd_ = -1;
  int stat_fd_ = -1;
  std::string absent_because_;
  unsigned until_stat_ = 0;
  bool seen_ = false;
  std::uint64_t peak_bytes_ = 0;
  std::uint64_t inactive_file_bytes_ = 0;
  WorkingSetStat at_peak_;
};

}  // namespace splitscope::record
