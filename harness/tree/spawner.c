/*
 * Starts a command whose figures hold nothing of the program that measures it. The kernel hands a
 * process's high-water mark on when it becomes another program, so the command must begin as a copy
 * of something tiny: this, which has no C library and a few pages. It joins the cgroup, sets
 * limits, then clones itself with CLONE_PARENT: the command is the supervisor's own child and waits
 * until it is told to go. Arguments: spawn_message.h.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "harness/tree/spawn_message.h"

#include <asm/ioctls.h>
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/personality.h>
#include <sys/resource.h>

#if defined(__x86_64__)
static long call5(long number, long a, long b, long c, long d, long e) {
  long result = 0;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %ebp, %ebp\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call splitscope_spawn\n");
#elif defined(__aarch64__)
static long call5(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                   : "memory", "cc");
  return x0;
}
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov x29, #0\n"
    "  mov x30, #0\n"
    "  mov x0, sp\n"
    "  bl splitscope_spawn\n");
#else
#error "the spawner knows the system calls of x86_64 and aarch64"
#endif

#define CALL(number, a, b, c, d) call5((number), (long)(a), (long)(b), (long)(c), (long)(d), 0)

/* The kernel's, not the C library's. */
struct kernel_sigaction {
  unsigned long handler;
  unsigned long flags;
  unsigned long restorer;
  unsigned long mask;
};

struct description {
  int socket;
  unsigned long flags;
  unsigned long group;
  unsigned long ignored;
  unsigned long data_limit;
  unsigned long core_limit;
  unsigned long candidates;
};

/* As shells answer for a command that could not be executed. */
enum { CANNOT_EXECUTE = 127, LAST_SIGNAL = 64, SIGNAL_SET_BYTES = 8 };

static void leave(int status) {
  for (;;) CALL(__NR_exit_group, status, 0, 0, 0);
}

static void tell(int socket, int stage, long value, long candidate) {
  struct splitscope_spawn_message message;
  message.stage = stage;
  message.value = (int32_t)value;
  message.candidate = (int32_t)candidate;
  CALL(__NR_write, socket, &message, sizeof(message), 0);
}

static void fail(int socket, int stage, long result) {
  tell(socket, stage, -result, 0);
  leave(CANNOT_EXECUTE);
}

static unsigned long number(const char** text) {
  unsigned long value = 0;
  while (**text >= '0' && **text <= '9') value = value * 10 + (unsigned long)(*(*text)++ - '0');
  if (**text == ' ') ++*text;
  return value;
}

/* The hard limit too, so that the command cannot raise it; it is never raised here. */
static void limit(int socket, int stage, int resource, unsigned long bytes) {
  struct rlimit64 values;
  long result = CALL(__NR_prlimit64, 0, resource, NULL, &values);
  if (result == 0) {
    if (bytes > values.rlim_max) bytes = values.rlim_max;
    values.rlim_cur = bytes;
    values.rlim_max = bytes;
    result = CALL(__NR_prlimit64, 0, resource, &values, NULL);
  }
  if (result != 0) fail(socket, stage, result);
}

static void join_cgroup(int socket, const char* procs) {
  if (*procs == '\0') return;
  const long file = CALL(__NR_openat, AT_FDCWD, procs, O_WRONLY | O_CLOEXEC, 0);
  if (file < 0) fail(socket, SPLITSCOPE_STAGE_CGROUP, file);
  const long written = CALL(__NR_write, file, "0", 1, 0);
  if (written < 0) fail(socket, SPLITSCOPE_STAGE_CGROUP, written);
  CALL(__NR_close, file, 0, 0, 0);
}

static void block_signals(unsigned long set) {
  CALL(__NR_rt_sigprocmask, SIG_SETMASK, &set, NULL, SIGNAL_SET_BYTES);
}

/* Groups and terminal are a service: where they are refused the command runs all the same. */
static void take_place(const struct description* told) {
  if (told->flags & SPLITSCOPE_SPAWN_NEW_GROUP) CALL(__NR_setpgid, 0, 0, 0, 0);
  if (told->flags & SPLITSCOPE_SPAWN_JOIN_GROUP) CALL(__NR_setpgid, 0, told->group, 0, 0);
  if (told->flags & SPLITSCOPE_SPAWN_TERMINAL) {
    const int self = (int)CALL(__NR_getpid, 0, 0, 0, 0);
    CALL(__NR_ioctl, 0, TIOCSPGRP, &self, 0);
  }
  struct kernel_sigaction action;
  action.flags = 0;
  action.restorer = 0;
  action.mask = 0;
  for (unsigned long signal = 1; signal <= LAST_SIGNAL; ++signal) {
    action.handler = (told->ignored >> (signal - 1)) & 1;
    CALL(__NR_rt_sigaction, signal, &action, NULL, SIGNAL_SET_BYTES);
  }
  if (told->flags & SPLITSCOPE_SPAWN_FIXED_ADDRESSES) {
    const long before = CALL(__NR_personality, 0xffffffff, 0, 0, 0);
    if (before >= 0) CALL(__NR_personality, before | ADDR_NO_RANDOMIZE, 0, 0, 0);
  }
}

static int goes_on(long error) {
  return error == -EACCES || error == -ENOENT || error == -ESTALE || error == -ENOTDIR ||
         error == -ENODEV || error == -ETIMEDOUT;
}

/* The rules of execvp(3): `arguments[-1]` may be overwritten. */
static void become(const struct description* told, char** candidates, char** arguments,
                   char** environment) {
  static char shell[] = "/bin/sh";
  long error = -ENOENT;
  long about = 0;
  for (unsigned long i = 0; i < told->candidates; ++i) {
    char* const path = candidates[i];
    long result = CALL(__NR_execve, path, arguments, environment, 0);
    if (result == -ENOEXEC && arguments[0] != NULL) {
      char* const before = arguments[-1];
      char* const first = arguments[0];
      arguments[-1] = shell;
      arguments[0] = path;
      result = CALL(__NR_execve, shell, arguments - 1, environment, 0);
      arguments[-1] = before;
      arguments[0] = first;
    }
    if (error != -EACCES || !goes_on(result)) {
      error = result;
      about = (long)i;
    }
    if (!goes_on(result)) break;
  }
  tell(told->socket, SPLITSCOPE_STAGE_EXEC, -error, about);
  leave(CANNOT_EXECUTE);
}

__attribute__((noreturn, used)) void splitscope_spawn(const long* stack) {
  const long count = stack[0];
  char** const all = (char**)(stack + 1);
  char** const environment = all + count + 1;
  if (count < 4) leave(CANNOT_EXECUTE);
  const char* text = all[1];
  struct description told;
  told.socket = (int)number(&text);
  told.flags = number(&text);
  told.group = number(&text);
  told.ignored = number(&text);
  told.data_limit = number(&text);
  told.core_limit = number(&text);
  told.candidates = number(&text);
  if (told.candidates == 0 || told.candidates > (unsigned long)count - 4) leave(CANNOT_EXECUTE);
  CALL(__NR_fcntl, told.socket, F_SETFD, FD_CLOEXEC, 0);
  block_signals(~0UL);
  join_cgroup(told.socket, all[2]);
  if (told.flags & SPLITSCOPE_SPAWN_DATA_LIMIT) {
    limit(told.socket, SPLITSCOPE_STAGE_DATA_LIMIT, RLIMIT_DATA, told.data_limit);
  }
  if (told.flags & SPLITSCOPE_SPAWN_CORE_LIMIT) {
    limit(told.socket, SPLITSCOPE_STAGE_CORE_LIMIT, RLIMIT_CORE, told.core_limit);
  }
  const long child = CALL(__NR_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0);
  if (child < 0) fail(told.socket, SPLITSCOPE_STAGE_CLONE, child);
  if (child > 0) leave(0);
  take_place(&told);
  tell(told.socket, SPLITSCOPE_STAGE_WAITING, CALL(__NR_getpid, 0, 0, 0, 0), 0);
  char go = 0;
  if (CALL(__NR_read, told.socket, &go, 1, 0) != 1) leave(CANNOT_EXECUTE);
  block_signals(0);
  become(&told, all + 3, all + 3 + told.candidates, environment);
  __builtin_unreachable();
}
