#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "base/death.h"

namespace splitscope {
namespace {

std::string problem_of(std::FILE* stream, const char* name) {
  errno = 0;
  const bool flushed = std::fflush(stream) == 0;
  const int error = errno;
  if (flushed && std::ferror(stream) == 0) return {};
  // The reader of a pipe left: no error of anybody's.
  if (error == EPIPE) throw Interrupted{SIGPIPE};
  std::string text = std::string(name) + ": not everything could be written";
  if (error != 0) return text + ": " + std::generic_category().message(error);
  return text + "; is the disk full?";
}

}  // namespace

void occupy_standard_descriptors() noexcept {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // Takes the lowest free number, which is this one.
    if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

std::string unwritten_output() {
  std::cout.flush();
  std::string problem = problem_of(stdout, "standard output");
  if (problem.empty() && !std::cout) problem = "standard output: not everything could be written";
  std::string other = problem_of(stderr, "standard error");
  return problem.empty() ? other : problem;
}

}  // namespace splitscope
