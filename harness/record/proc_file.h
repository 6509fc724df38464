// A file under /proc that is read again and again into a buffer of its own, without allocating.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace splitscope::record {

/// What the recorders themselves read in this process, so that it can be taken off /proc/self/io.
struct OwnReads {
  std::uint64_t chars;
  std::uint64_t syscalls;
};
[[nodiscard]] OwnReads own_reads() noexcept;

/// One pread that counts as the recorders' own. Empty at the end, on errors and for fd -1.
[[nodiscard]] std::string_view read_proc(int fd, char* buffer, std::size_t size,
                                         std::int64_t offset) noexcept;

/// Keeps the descriptor open; read() starts at the beginning each time. A file that is not there
/// reads as empty text. Not thread-safe.
class ProcFile {
 public:
  explicit ProcFile(const char* path) noexcept;
  ~ProcFile();
  ProcFile(const ProcFile&) = delete;
  ProcFile& operator=(const ProcFile&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  /// Why it is not open, an errno value.
  [[nodiscard]] int open_error() const noexcept { return error_; }
  /// Its text, valid until the next read(); empty when the file or its process is gone.
  [[nodiscard]] std::string_view read() noexcept;

 private:
  int fd_;
  int error_;
  // status is some 1.5 KiB, more with many groups or CPUs; the lines we need come early.
  std::array<char, 4096> buffer_;
};

}  // namespace splitscope::record
