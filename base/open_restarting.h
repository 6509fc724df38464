// open(2) that a signal does not break off.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <cerrno>

namespace splitscope {

/// A descriptor, or -1 and errno, never EINTR. Any thread, also in a signal handler.
inline int open_restarting(const char* path, int flags, mode_t mode = 0) noexcept {
  for (;;) {
    const int fd = ::open(path, flags, mode);
    if (fd >= 0 || errno != EINTR) return fd;
  }
}

}  // namespace splitscope
