// Reading a folder without allocating.
#pragma once

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace splitscope {

/// Calls `visit(name)` for each entry of the open folder but "." and "..", from its beginning,
/// until it returns false. Returns 0 or an errno value. Callable from a signal handler when `visit`
/// is.
template <typename Visit>
int for_each_entry(int folder, Visit&& visit) noexcept {
  if (::lseek(folder, 0, SEEK_SET) < 0) return errno;
  alignas(std::uint64_t) char buffer[4096];
  for (;;) {
    const long got = ::syscall(SYS_getdents64, folder, buffer, sizeof(buffer));
    if (got < 0) return errno;
    if (got == 0) return 0;
    for (long at = 0; at < got;) {
      // struct linux_dirent64 of getdents64(2): u64 inode, s64 offset, u16 length, u8 type, name.
      std::uint16_t length = 0;
      std::memcpy(&length, buffer + at + 16, sizeof(length));
      const char* const name = buffer + at + 19;
      at += length;
      if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
      if (!visit(name)) return 0;
    }
  }
}

}  // namespace splitscope
