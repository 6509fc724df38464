#include "harness/record/working_set.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

#include "harness/record/proc_file.h"

namespace splitscope::record {
namespace {

// Between two readings of memory.stat where the usage alone cannot be a new peak.
constexpr unsigned kStatEvery = 16;

std::optional<std::uint64_t> leading_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

int open_first(const std::string& folder, const char* name, const char* other) noexcept {
  const int fd = open((folder + "/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  return fd >= 0 ? fd : open((folder + "/" + other).c_str(), O_RDONLY | O_CLOEXEC);
}

struct Lines {
  std::optional<std::uint64_t> anon, active, inactive;

  [[nodiscard]] std::optional<WorkingSetStat> complete() const noexcept {
    if (!anon || !active || !inactive) return std::nullopt;
    return WorkingSetStat{*anon, *active, *inactive};
  }
};

}  // namespace

std::optional<WorkingSetStat> parse_working_set(std::string_view text) noexcept {
  // Version 1 has lines without `total_` too, which leave the children out.
  Lines version1;
  Lines version2;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const auto key = line.substr(0, blank);
    const auto value = line.substr(blank + 1);
    if (key == "anon") version2.anon = leading_number(value);
    if (key == "active_file") version2.active = leading_number(value);
    if (key == "inactive_file") version2.inactive = leading_number(value);
    if (key == "total_rss") version1.anon = leading_number(value);
    if (key == "total_active_file") version1.active = leading_number(value);
    if (key == "total_inactive_file") version1.inactive = leading_number(value);
  }
  return version2.anon ? version2.complete() : version1.complete();
}

WorkingSetWatcher::WorkingSetWatcher(const std::string& folder, std::string absent_because)
    : absent_because_(std::move(absent_because)) {
  if (folder.empty()) {
    if (absent_because_.empty()) absent_because_ = "the process has no cgroup of its own";
    return;
  }
  usage_fd_ = open_first(folder, "memory.current", "memory.usage_in_bytes");
  stat_fd_ = open((folder + "/memory.stat").c_str(), O_RDONLY | O_CLOEXEC);
  absent_because_ = "the cgroup has no readable memory.stat or usage";
}

WorkingSetWatcher::~WorkingSetWatcher() {
  if (usage_fd_ >= 0) close(usage_fd_);
  if (stat_fd_ >= 0) close(stat_fd_);
}

void WorkingSetWatcher::sample() noexcept {
  if (usage_fd_ < 0 || stat_fd_ < 0) return;
  std::array<char, 64> number;
  const auto usage = leading_number(read_proc(usage_fd_, number.data(), number.size(), 0));
  if (!usage) return;
  const bool may_be_new = *usage > peak_bytes_ + inactive_file_bytes_;
  if (!may_be_new && until_stat_ != 0) {
    --until_stat_;
    return;
  }
  until_stat_ = kStatEvery;
  std::array<char, 8192> buffer;
  const auto stat = parse_working_set(read_proc(stat_fd_, buffer.data(), buffer.size(), 0));
  if (!stat) return;
  inactive_file_bytes_ = stat->inactive_file_bytes;
  const std::uint64_t now = *usage > inactive_file_bytes_ ? *usage - inactive_file_bytes_ : 0;
  if (seen_ && now <= peak_bytes_) return;
  seen_ = true;
  peak_bytes_ = now;
  at_peak_ = *stat;
}

Measures WorkingSetWatcher::measures() const {
  const auto put = [this](const char* key, std::uint64_t value) {
    return seen_ ? Measure::seen(key, value)
                 : Measure::absent(key, usage_fd_ < 0 || stat_fd_ < 0
                                            ? absent_because_
                                            : "it ended before the first sample");
  };
  return {put("working_set_peak_bytes", peak_bytes_),
          put("working_set_anon_bytes", at_peak_.anon_bytes),
          put("working_set_active_file_bytes", at_peak_.active_file_bytes)};
}

}  // namespace splitscope::record
