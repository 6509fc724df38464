// Files under /proc, read without allocating. What their text means: harness/record/proc_status.h.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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

/// Resets this process's VmHWM to what is resident now (proc(5), since kernel 4.0). False where the
/// kernel does not let it.
bool reset_high_water_mark() noexcept;

/// "/proc/PID/NAME".
struct ProcPath {
  ProcPath(pid_t pid, const char* name) noexcept;
  char text[64];
};

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
  /// The same for files that the kernel hands out piece by piece. Nothing when an error cut it off
  /// or it does not fit into the buffer.
  [[nodiscard]] std::optional<std::string_view> read_pieces() noexcept;

 private:
  int fd_;
  int error_;
  // status is some 1.5 KiB, more with many groups or CPUs; the lines we need come early.
  std::array<char, 4096> buffer_;
};

}  // namespace splitscope::record
