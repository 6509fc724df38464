// What the kernel charges to a cgroup that holds the measured process alone: also page cache and
// kernel memory, unlike RSS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/record/recorder_set.h"
#include "harness/record/working_set.h"

namespace splitscope::record {

struct CgroupStat {
  std::optional<std::uint64_t> anon_bytes;
  std::optional<std::uint64_t> file_bytes;
  /// Pages that came back after they had been dropped, since the cgroup was made.
  std::optional<std::uint64_t> refaults;
};
/// Parses memory.stat: `anon` and `file` of version 2, else `total_rss` and `total_cache` of
/// version
/// 1. Both files' figures include shared memory under file.
[[nodiscard]] CgroupStat parse_cgroup_stat(std::string_view text) noexcept;

/// Peak charge of the window and the charge by kind at its close. The peak is reset at start by
/// writing to memory.max_usage_in_bytes (version 1) or to an open memory.peak (version 2, kernel
/// 6.12); where that is refused it is the peak since the cgroup was made.
/// Microseconds in which some task waited for memory: `total` of the line `some` of
/// memory.pressure.
[[nodiscard]] std::optional<std::uint64_t> parse_pressure(std::string_view text) noexcept;

class CgroupRecorder : public WindowRecorder {
 public:
  /// `folder` of the cgroup; empty when the process has none of its own, which makes all absent
  /// for that reason.
  explicit CgroupRecorder(std::string folder, std::string absent_because = {});
  ~CgroupRecorder() override;

  void start() override;
  void phase(std::string_view name) noexcept override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  std::string folder_;
  std::string absent_because_;
  int peak_fd_ = -1;
  int stat_fd_ = -1;
  int pressure_fd_ = -1;
  std::optional<std::uint64_t> peak_bytes_;
  std::optional<std::uint64_t> refaults_before_;
  std::optional<std::uint64_t> stalled_before_us_;
  std::optional<std::uint64_t> stalled_us_;
  CgroupStat stat_;
  /// Looked at when the window opens and closes and between phases: some windows are shorter than
  /// the time between two looks from outside.
  std::unique_ptr<WorkingSetWatcher> working_set_;
};

}  // namespace splitscope::record
