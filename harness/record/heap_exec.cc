#include "harness/record/heap_exec.h"

#include <dlfcn.h>
#include <spawn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <alloca.h>
#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "harness/record/heap_exec_environment.h"
#include "harness/record/heap_next.h"
#include "harness/record/heap_slots_layout.h"

#define SPLITSCOPE_EXPORT extern "C" __attribute__((visibility("default")))

namespace splitscope::record::shim {
namespace {

using Spawn = int(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                  char* const*, char* const*);

struct NextExec {
  decltype(&::execve) execve;
  decltype(&::execvpe) execvpe;
  decltype(&::fexecve) fexecve;
  // Not in every C library.
  int (*execveat)(int, const char*, char* const*, char* const*, int);
  Spawn* posix_spawn;
  Spawn* posix_spawnp;
};
constinit NextExec next_exec{};
constinit HandedOn handed_on{};

template <typename Function>
void look_up(Function& into, const char* name) {
  into = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// A child of vfork runs on its parent's stack, and a clone's stack may be small.
constexpr std::size_t kMostOnStack = 16 << 10;

/// Calls with the environment that the program is to get.
template <typename Call>
int with_handed_on(char* const* environment, Call call) {
  if (handed_on.shim == nullptr || carries(environment, handed_on)) return call(environment);
  const std::size_t bytes = put_back_bytes(environment, handed_on);
  if (bytes <= kMostOnStack) return call(put_back(environment, handed_on, alloca(bytes)));
  void* const memory =
      next_mapper.mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // The program matters more than its being counted.
  if (memory == MAP_FAILED) return call(environment);
  const int result = call(put_back(environment, handed_on, memory));
  const int saved_errno = errno;
  next_mapper.munmap(memory, bytes);
  errno = saved_errno;
  return result;
}

int execute(const char* path, char* const* arguments, char* const* environment) {
  ensure_next();
  return with_handed_on(
      environment, [&](char* const* given) { return next_exec.execve(path, arguments, given); });
}

int execute_from_path(const char* file, char* const* arguments, char* const* environment) {
  ensure_next();
  return with_handed_on(
      environment, [&](char* const* given) { return next_exec.execvpe(file, arguments, given); });
}

// How many arguments follow `first`, the null at the end counted in.
std::size_t count_arguments(const char* first, va_list& rest) {
  std::size_t count = 1;
  for (const char* argument = first; argument != nullptr; ++count) {
    argument = va_arg(rest, const char*);
  }
  return count;
}

// Fills `arguments` with `first` and what follows it, up to the null.
void collect_arguments(char** arguments, const char* first, va_list& rest) {
  const char* argument = first;
  for (;;) {
    *arguments++ = const_cast<char*>(argument);
    if (argument == nullptr) return;
    argument = va_arg(rest, const char*);
  }
}

}  // namespace

void look_up_exec() {
  look_up(next_exec.execve, "execve");
  look_up(next_exec.execvpe, "execvpe");
  look_up(next_exec.fexecve, "fexecve");
  look_up(next_exec.execveat, "execveat");
  look_up(next_exec.posix_spawn, "posix_spawn");
  look_up(next_exec.posix_spawnp, "posix_spawnp");
}

void remember_handed_on(char* const* environment) {
  Dl_info self{};
  if (dladdr(reinterpret_cast<void*>(&remember_handed_on), &self) == 0) return;
  handed_on = {self.dli_fname, value_in(environment, kHeapSlotsVariable),
               value_in(environment, kPhasesFdVariable)};
}

}  // namespace splitscope::record::shim

using namespace splitscope::record::shim;

// The list of arguments of the execl family, on the stack: a child of vfork may not allocate.
#define SPLITSCOPE_COLLECT(arguments, first)                                     \
  va_list rest;                                                                  \
  va_start(rest, first);                                                         \
  auto** const arguments =                                                       \
      static_cast<char**>(alloca(count_arguments(first, rest) * sizeof(char*))); \
  va_end(rest);                                                                  \
  va_start(rest, first);                                                         \
  collect_arguments(arguments, first, rest)

SPLITSCOPE_EXPORT int execve(const char* path, char* const* arguments,
                             char* const* environment) noexcept {
  return execute(path, arguments, environment);
}

SPLITSCOPE_EXPORT int execv(const char* path, char* const* arguments) noexcept {
  return execute(path, arguments, environ);
}

SPLITSCOPE_EXPORT int execvp(const char* file, char* const* arguments) noexcept {
  return execute_from_path(file, arguments, environ);
}

SPLITSCOPE_EXPORT int execvpe(const char* file, char* const* arguments,
                              char* const* environment) noexcept {
  return execute_from_path(file, arguments, environment);
}

SPLITSCOPE_EXPORT int execl(const char* path, const char* first, ...) noexcept {
  SPLITSCOPE_COLLECT(arguments, first);
  va_end(rest);
  return execute(path, arguments, environ);
}

SPLITSCOPE_EXPORT int execlp(const char* file, const char* first, ...) noexcept {
  SPLITSCOPE_COLLECT(arguments, first);
  va_end(rest);
  return execute_from_path(file, arguments, environ);
}

SPLITSCOPE_EXPORT int execle(const char* path, const char* first, ...) noexcept {
  SPLITSCOPE_COLLECT(arguments, first);
  char* const* const environment = va_arg(rest, char* const*);
  va_end(rest);
  return execute(path, arguments, environment);
}

SPLITSCOPE_EXPORT int fexecve(int fd, char* const* arguments, char* const* environment) noexcept {
  ensure_next();
  return with_handed_on(
      environment, [&](char* const* given) { return next_exec.fexecve(fd, arguments, given); });
}

SPLITSCOPE_EXPORT int execveat(int folder, const char* path, char* const* arguments,
                               char* const* environment, int flags) noexcept {
  ensure_next();
  if (next_exec.execveat == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  return with_handed_on(environment, [&](char* const* given) {
    return next_exec.execveat(folder, path, arguments, given, flags);
  });
}

SPLITSCOPE_EXPORT int posix_spawn(pid_t* pid, const char* path,
                                  const posix_spawn_file_actions_t* actions,
                                  const posix_spawnattr_t* attributes, char* const* arguments,
                                  char* const* environment) noexcept {
  ensure_next();
  return with_handed_on(environment, [&](char* const* given) {
    return next_exec.posix_spawn(pid, path, actions, attributes, arguments, given);
  });
}

SPLITSCOPE_EXPORT int posix_spawnp(pid_t* pid, const char* file,
                                   const posix_spawn_file_actions_t* actions,
                                   const posix_spawnattr_t* attributes, char* const* arguments,
                                   char* const* environment) noexcept {
  ensure_next();
  return with_handed_on(environment, [&](char* const* given) {
    return next_exec.posix_spawnp(pid, file, actions, attributes, arguments, given);
  });
}
