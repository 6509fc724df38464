#include "tests/faults/inject_environment.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace splitscope::faults {
namespace {

bool starts_with(const char* text, const char* prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool is_first_argument(const char* verb) {
  const long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[8192];
  const long count = syscall(SYS_read, fd, text, sizeof text - 1);
  syscall(SYS_close, fd);
  if (count <= 0) return false;
  text[count] = '\0';
  const auto program = static_cast<long>(strlen(text));
  return program + 1 < count && strcmp(text + program + 1, verb) == 0;
}

}  // namespace

bool is_the_process_under_test() noexcept {
  char path[4096];
  const long count = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof path - 1);
  if (count <= 0) return false;
  path[count] = '\0';
  const char* slash = strrchr(path, '/');
  const char* name = slash == nullptr ? path : slash + 1;
  const char* wanted = getenv("SPLITSCOPE_FAULT_PROGRAM");
  if (!starts_with(name, wanted == nullptr ? "splitscope" : wanted)) return false;
  const char* verb = getenv("SPLITSCOPE_FAULT_VERB");
  return verb == nullptr || is_first_argument(verb);
}

void forget_the_plan() noexcept {
  if (getenv("SPLITSCOPE_FAULT_CHILDREN") != nullptr) return;
  // In place: unsetenv takes a lock and may be interposed by an allocator's library.
  char** kept = environ;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (starts_with(*variable, "SPLITSCOPE_FAULT")) continue;
    if (starts_with(*variable, "LD_PRELOAD=")) continue;
    *kept++ = *variable;
  }
  *kept = nullptr;
}

}  // namespace splitscope::faults
