#include "harness/tree/high_descriptor.h"

#include <fcntl.h>
#include <unistd.h>

namespace splitscope::tree {
namespace {

constexpr int kFloor = 100;

}  // namespace

Descriptor moved_up(int fd) noexcept {
  const Descriptor low(fd);
  Descriptor high(::fcntl(fd, F_DUPFD_CLOEXEC, kFloor));
  // Where so few descriptors are allowed a low number has to do.
  if (!high.is_open()) high = Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  return high;
}

}  // namespace splitscope::tree
