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

void add(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& value) noexcept {
  if (value) sum = sum.value_or(0) + *value;
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
    // Kernels before 5.9 do not tell the two kinds apart.
    for (const char* refault :
         {"workingset_refault_anon", "workingset_refault_file", "workingset_refault"}) {
      if (key == refault) add(version2.refaults, leading_number(value));
      if (key.starts_with("total_") && key.substr(6) == refault) {
        add(version1.refaults, leading_number(value));
      }
    }
    if (key == "total_rss") version1.anon_bytes = leading_number(value);
    if (key == "total_cache") version1.file_bytes = leading_number(value);
  }
  return version2.anon_bytes ? version2 : version1;
}

std::optional<std::uint64_t> parse_pressure(std::string_view text) noexcept {
  constexpr std::string_view kTotal = "total=";
  const auto end = text.find('\n');
  if (!text.starts_with("some ") || end == std::string_view::npos) return std::nullopt;
  const auto at = text.substr(0, end).find(kTotal);
  if (at == std::string_view::npos) return std::nullopt;
  return leading_number(text.substr(at + kTotal.size()));
}

CgroupRecorder::CgroupRecorder(std::string folder, std::string absent_because)
    : folder_(std::move(folder)),
      absent_because_(absent_because.empty() ? "the process has no cgroup of its own"
                                             : std::move(absent_because)) {}

CgroupRecorder::~CgroupRecorder() {
  if (peak_fd_ >= 0) close(peak_fd_);
  if (stat_fd_ >= 0) close(stat_fd_);
  if (pressure_fd_ >= 0) close(pressure_fd_);
}

void CgroupRecorder::start() {
  working_set_ = std::make_unique<WorkingSetWatcher>(folder_, absent_because_);
  working_set_->sample();
  if (folder_.empty()) return;
  peak_fd_ = open_peak(folder_ + "/memory.peak");
  if (peak_fd_ < 0) peak_fd_ = open_peak(folder_ + "/memory.max_usage_in_bytes");
  stat_fd_ = open((folder_ + "/memory.stat").c_str(), O_RDONLY | O_CLOEXEC);
  pressure_fd_ = open((folder_ + "/memory.pressure").c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 8192> buffer;
  refaults_before_ =
      parse_cgroup_stat(read_proc(stat_fd_, buffer.data(), buffer.size(), 0)).refaults;
  stalled_before_us_ = parse_pressure(read_proc(pressure_fd_, buffer.data(), buffer.size(), 0));
}

void CgroupRecorder::phase(std::string_view /*name*/) noexcept { working_set_->sample(); }

void CgroupRecorder::read() noexcept {
  if (working_set_) working_set_->sample();
  // memory.stat of version 2 has some 50 lines, with the ones we need first.
  std::array<char, 8192> buffer;
  peak_bytes_ = leading_number(read_proc(peak_fd_, buffer.data(), buffer.size(), 0));
  stat_ = parse_cgroup_stat(read_proc(stat_fd_, buffer.data(), buffer.size(), 0));
  stalled_us_ = parse_pressure(read_proc(pressure_fd_, buffer.data(), buffer.size(), 0));
}

Measures CgroupRecorder::build() const {
  const auto put = [this](const char* key, std::optional<std::uint64_t> value, const char* file) {
    if (value) return Measure::of(key, *value);
    return Measure::absent(
        key, folder_.empty() ? absent_because_ : "the cgroup has no readable " + std::string(file));
  };
  Measures measures{
      put("cgroup_peak_bytes", peak_bytes_, "memory.peak or memory.max_usage_in_bytes"),
      put("cgroup_anon_bytes", stat_.anon_bytes, "memory.stat"),
      put("cgroup_file_bytes", stat_.file_bytes, "memory.stat")};
  for (Measure& measure : working_set_ ? working_set_->measures()
                                       : WorkingSetWatcher({}, absent_because_).measures()) {
    measures.push_back(std::move(measure));
  }
  std::optional<std::uint64_t> refaults;
  if (stat_.refaults && refaults_before_) refaults = *stat_.refaults - *refaults_before_;
  measures.push_back(put("refaults", refaults, "workingset_refault in memory.stat"));
  if (stalled_us_ && stalled_before_us_) {
    constexpr double kMicrosecondsPerMillisecond = 1000;
    measures.push_back(Measure::of_real(
        "memory_pressure_ms",
        static_cast<double>(*stalled_us_ - *stalled_before_us_) / kMicrosecondsPerMillisecond));
  } else {
    measures.push_back(Measure::absent(
        "memory_pressure_ms",
        folder_.empty() ? absent_because_
                        : "the cgroup keeps no memory.pressure: that is in version 2 only, where "
                          "the kernel accounts pressure (psi=1)"));
  }
  return measures;
}

}  // namespace splitscope::record
