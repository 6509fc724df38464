#include "harness/record/proc_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace splitscope::record {
namespace {

std::atomic<std::uint64_t> own_chars{0};
std::atomic<std::uint64_t> own_syscalls{0};

int open_retrying(const char* path, int mode) noexcept {
  for (;;) {
    const int fd = open(path, mode | O_CLOEXEC);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

}  // namespace

OwnReads own_reads() noexcept {
  return {own_chars.load(std::memory_order_relaxed), own_syscalls.load(std::memory_order_relaxed)};
}

std::string_view read_proc(int fd, char* buffer, std::size_t size, std::int64_t offset) noexcept {
  if (fd < 0) return {};
  ssize_t got = 0;
  do {
    got = pread(fd, buffer, size, offset);
  } while (got < 0 && errno == EINTR);
  own_syscalls.fetch_add(1, std::memory_order_relaxed);
  // Callers ask errno why there is nothing; what was tried again is no reason.
  if (got >= 0) errno = 0;
  if (got <= 0) return {};
  own_chars.fetch_add(static_cast<std::uint64_t>(got), std::memory_order_relaxed);
  return {buffer, static_cast<std::size_t>(got)};
}

bool reset_high_water_mark() noexcept {
  const int fd = open_retrying("/proc/self/clear_refs", O_WRONLY);
  if (fd < 0) return false;
  const bool done = write(fd, "5", 1) == 1;
  close(fd);
  return done;
}

ProcPath::ProcPath(pid_t pid, const char* name) noexcept {
  std::snprintf(text, sizeof text, "/proc/%ld/%s", static_cast<long>(pid), name);
}

ProcFile::ProcFile(const char* path) noexcept
    : fd_(open_retrying(path, O_RDONLY)), error_(fd_ < 0 ? errno : 0) {}

ProcFile::~ProcFile() {
  if (fd_ >= 0) close(fd_);
}

// One read is enough: the kernel makes the whole text of these files at once.
std::string_view ProcFile::read() noexcept {
  return read_proc(fd_, buffer_.data(), buffer_.size(), 0);
}

std::optional<std::string_view> ProcFile::read_pieces() noexcept {
  if (fd_ < 0) return std::nullopt;
  std::size_t used = 0;
  while (used < buffer_.size()) {
    const auto piece = read_proc(fd_, buffer_.data() + used, buffer_.size() - used,
                                 static_cast<std::int64_t>(used));
    if (piece.empty()) {
      if (errno != 0) return std::nullopt;
      return std::string_view(buffer_.data(), used);
    }
    used += piece.size();
  }
  return std::nullopt;
}

}  // namespace splitscope::record
