#include "harness/cli/quiet_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/open_restarting.h"

namespace splitscope::cli {

namespace {

// Returns a copy of what `descriptor` was, or -1.
int turn_away(int descriptor, int to) noexcept {
  const int before = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (before >= 0) (void)::dup2(to, descriptor);
  return before;
}

void turn_back(int before, int descriptor) noexcept {
  if (before < 0) return;
  (void)::dup2(before, descriptor);
  (void)::close(before);
}

}  // namespace

QuietOutput::QuietOutput(bool errors) noexcept {
  std::fflush(stdout);
  const int nowhere = open_restarting("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  output_ = turn_away(STDOUT_FILENO, nowhere);
  if (errors) errors_ = turn_away(STDERR_FILENO, nowhere);
  (void)::close(nowhere);
}

QuietOutput::~QuietOutput() {
  turn_back(output_, STDOUT_FILENO);
  turn_back(errors_, STDERR_FILENO);
}

}  // namespace splitscope::cli
