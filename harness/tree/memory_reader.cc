#include "harness/tree/memory_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>

#include "harness/record/proc_file.h"
#include "harness/record/proc_status.h"

namespace splitscope::tree {
namespace {

// Programs that are run with the usual limit of 1024 descriptors need some for themselves.
constexpr int kKeptOpen = 256;
// The other figures of status follow the resident set; this much change makes them worth a look.
constexpr std::uint64_t kRefreshShare = 64;

int open_proc(pid_t task, const char* name) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%ld/%s", static_cast<long>(task), name);
  for (;;) {
    const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

std::uint64_t page_bytes() noexcept {
  static const auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

// The number after `key`, which is at the start of a line; lines come in the kernel's order.
std::uint64_t number_of(std::string_view text, std::string_view key) noexcept {
  for (std::size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    at = text.find_first_not_of(" \t", at + key.size());
    if (at == std::string_view::npos) return 0;
    std::uint64_t value = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), value);
    return value;
  }
  return 0;
}

using StatusText = std::array<char, 4096>;

std::string_view status_text(pid_t task, StatusText& buffer) noexcept {
  const Descriptor file(open_proc(task, "status"));
  return record::read_proc(file.get(), buffer.data(), buffer.size(), 0);
}

std::atomic<int> kept_open{0};

}  // namespace

MemoryReader::~MemoryReader() {
  if (statm_.is_open()) kept_open.fetch_sub(1);
}

std::optional<StatusReading> read_status(pid_t task) noexcept {
  StatusText buffer;
  const std::string_view text = status_text(task, buffer);
  const record::ProcStatus status = record::parse_status(text);
  if (!status.rss_bytes || !status.peak_rss_bytes) return std::nullopt;
  StatusReading reading;
  reading.now.anon_bytes = status.rss_anon_bytes.value_or(0);
  reading.now.file_bytes = status.rss_file_bytes.value_or(0);
  reading.now.shmem_bytes = status.rss_shmem_bytes.value_or(0);
  reading.now.rss_bytes = *status.rss_bytes;
  reading.now.swap_bytes = status.swap_bytes.value_or(0);
  reading.now.page_tables_bytes = number_of(text, "VmPTE:") * 1024;
  reading.peak_rss_bytes = *status.peak_rss_bytes;
  reading.process = static_cast<pid_t>(number_of(text, "Tgid:"));
  reading.parent = static_cast<pid_t>(number_of(text, "PPid:"));
  return reading;
}

Kinship read_kinship(pid_t task) noexcept {
  StatusText buffer;
  const std::string_view text = status_text(task, buffer);
  return {static_cast<pid_t>(number_of(text, "Tgid:")),
          static_cast<pid_t>(number_of(text, "PPid:"))};
}

std::optional<PssReading> read_pss(pid_t process) noexcept {
  const Descriptor file(open_proc(process, "smaps_rollup"));
  StatusText buffer;
  const record::ProcRollup rollup =
      record::parse_smaps_rollup(record::read_proc(file.get(), buffer.data(), buffer.size(), 0));
  if (!rollup.pss_bytes) return std::nullopt;
  return PssReading{*rollup.pss_bytes, rollup.anon_huge_bytes.value_or(0),
                    rollup.uss_bytes.value_or(0)};
}

const Reading& MemoryReader::read() noexcept {
  std::array<char, 128> buffer;
  std::string_view text;
  if (statm_.is_open()) {
    text = record::read_proc(statm_.get(), buffer.data(), buffer.size(), 0);
  } else {
    Descriptor file(open_proc(process_, "statm"));
    text = record::read_proc(file.get(), buffer.data(), buffer.size(), 0);
    // A second reading will follow: only what lives for a while is worth a descriptor.
    if (has_status_ && !text.empty() && kept_open.load() < kKeptOpen) {
      statm_ = std::move(file);
      kept_open.fetch_add(1);
    }
  }
  const auto statm = record::parse_statm(text);
  if (!statm) {
    last_ = {};
    return last_;
  }
  const std::uint64_t rss = statm->resident_pages * page_bytes();
  const std::uint64_t change = std::max(rss, rss_then_) - std::min(rss, rss_then_);
  if (!has_status_ || statm->shared_pages != shared_pages_ || change > rss_then_ / kRefreshShare) {
    if (const auto status = read_status(process_)) {
      set(*status);
      shared_pages_ = statm->shared_pages;
    }
    return last_;
  }
  last_.rss_bytes = rss;
  last_.anon_bytes =
      (statm->resident_pages - std::min(statm->resident_pages, statm->shared_pages)) * page_bytes();
  return last_;
}

void MemoryReader::set(const StatusReading& status) noexcept {
  last_ = status.now;
  rss_then_ = status.now.rss_bytes;
  shared_pages_ = (status.now.file_bytes + status.now.shmem_bytes) / page_bytes();
  has_status_ = true;
  seen_peak_ = std::max(seen_peak_, status.peak_rss_bytes);
}

void MemoryReader::forget() noexcept {
  last_ = {};
  has_status_ = false;
  seen_peak_ = 0;
  rss_then_ = 0;
}

}  // namespace splitscope::tree
