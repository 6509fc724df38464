#include "harness/record/cgroup_recorder.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <utility>

#include "harness/record/proc_file.h"

namespace splitscope::record {
namespace {

std::optional<std::uint64_t> leading_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// Writing anything resets either version's peak, for this descriptor alone in version 2. A
// descriptor that can be read only leaves the peak since the cgroup was made.
int open_peak(const std::string& path) noexcept {
  const int writable = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (writable >= 0) {
    // A kernel that does not know the reset refuses it, and reading works all the same.
    (void)!write(writable, "0", 1);
    return writable;
  }
  return open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

CgroupStat parse_cgroup_stat(std::string_view text) noexcept {
  CgroupStat version1;
  CgroupStat version2;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const auto key = line.substr(0, blank);
    const auto value = line.substr(blank + 1);
    if (key == "anon") version2.anon_bytes = leading_number(value);
    if (key == "file") version2.file_bytes = leading_number(value);
    if (key == "total_rss") version1.anon_bytes = leading_number(value);
    if (key == "total_cache") version1.file_bytes = leading_number(value);
  }
  return version2.anon_bytes ? version2 : version1;
}

CgroupRecorder::CgroupRecorder(std::string folder, std::string absent_because)
    : folder_(std::move(folder)),
      absent_because_(absent_because.empty() ? "the process has no cgroup of its own"
                                             : std::move(absent_because)) {}

CgroupRecorder::~CgroupRecorder() {
  if (peak_fd_ >= 0) close(peak_fd_);
  if (stat_fd_ >= 0) close(stat_fd_);
}

void CgroupRecorder::start() {
  if (folder_.empty()) return;
  peak_fd_ = open_peak(folder_ + "/memory.peak");
  if (peak_fd_ < 0) peak_fd_ = open_peak(folder_ + "/memory.max_usage_in_bytes");
  stat_fd_ = open((folder_ + "/memory.stat").c_str(), O_RDONLY | O_CLOEXEC);
}

void CgroupRecorder::read() noexcept {
  // memory.stat of version 2 has some 50 lines, with the ones we need first.
  std::array<char, 8192> buffer;
  peak_bytes_ = leading_number(read_proc(peak_fd_, buffer.data(), buffer.size(), 0));
  stat_ = parse_cgroup_stat(read_proc(stat_fd_, buffer.data(), buffer.size(), 0));
}

Measures CgroupRecorder::build() const {
  const auto put = [this](const char* key, std::optional<std::uint64_t> value, const char* file) {
    if (value) return Measure::of(key, *value);
    return Measure::absent(
        key, folder_.empty() ? absent_because_ : "the cgroup has no readable " + std::string(file));
  };
  return {put("cgroup_peak_bytes", peak_bytes_, "memory.peak or memory.max_usage_in_bytes"),
          put("cgroup_anon_bytes", stat_.anon_bytes, "memory.stat"),
          put("cgroup_file_bytes", stat_.file_bytes, "memory.stat")};
}

}  // namespace splitscope::record
