/*
 * A program of known behaviour. Each of its processes that got that far adds a line "PID KIB" with
 * its own high-water mark to the file named by TRUTH. Its first argument says what it does; sizes
 * are MiB.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 99, PAGE = 4096, MIB = 1024 * 1024 };

extern char** environ;

static void tell(const char* path) {
  char text[8192];
  const int status = open("/proc/thread-self/status", O_RDONLY);
  const ssize_t got = read(status, text, sizeof(text) - 1);
  close(status);
  if (got <= 0) _exit(FAILED);
  text[got] = '\0';
  const char* const mark = strstr(text, "VmHWM:");
  if (mark == NULL) _exit(FAILED);
  char line[64];
  const int length = snprintf(line, sizeof(line), "%ld %ld\n", (long)getpid(), atol(mark + 6));
  const int file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
  if (write(file, line, (size_t)length) != length) _exit(FAILED);
  close(file);
}

static void tell_truth(void) {
  const char* const path = getenv("TRUTH");
  if (path != NULL) tell(path);
}

/* Nothing may be touched for the first time after the truth is told: not the code for telling it,
 * nor that of the calls which follow. A forked child has to do it anew. */
static void touch_code(void) {
  tell("/dev/null");
  void (*const called[])(void) = {(void (*)(void))_exit, (void (*)(void))pause,
                                  (void (*)(void))kill};
  for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); ++i) {
    (void)*(const volatile char*)called[i];
  }
}

static void leave(void) {
  tell_truth();
  _exit(0);
}

static char* touch(const char* size) {
  const size_t bytes = (size_t)atol(size) * MIB;
  if (bytes == 0) return NULL;
  char* const memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(FAILED);
  for (size_t at = 0; at < bytes; at += PAGE) memory[at] = 1;
  return memory;
}

/* All that were started have touched their memory before any of them ends. */
struct meeting {
  int ready[2];
  int leave[2];
};

static void meet(const struct meeting* meeting, const char* size) {
  touch_code();
  touch(size);
  tell_truth();
  char c = 1;
  close(meeting->leave[1]);
  if (write(meeting->ready[1], &c, 1) != 1) _exit(FAILED);
  if (read(meeting->leave[0], &c, 1) < 0) _exit(FAILED);
  _exit(0);
}

static void become_member(const struct meeting* meeting, char* self, char* size) {
  char numbers[4][16];
  const int all[4] = {meeting->ready[0], meeting->ready[1], meeting->leave[0], meeting->leave[1]};
  for (int i = 0; i < 4; ++i) snprintf(numbers[i], sizeof(numbers[i]), "%d", all[i]);
  char* arguments[] = {self, "meet", size, numbers[0], numbers[1], numbers[2], numbers[3], NULL};
  execve("/proc/self/exe", arguments, environ);
  _exit(FAILED);
}

static void start_member(const char* how, const struct meeting* meeting, char* self, char* size) {
  if (strcmp(how, "fork") == 0) {
    if (fork() == 0) meet(meeting, size);
  } else if (strcmp(how, "vfork") == 0) {
    if (vfork() == 0) become_member(meeting, self, size);
  } else if (strcmp(how, "daemon") == 0) {
    const pid_t middle = fork();
    if (middle == 0) {
      setsid();
      if (fork() == 0) meet(meeting, size);
      _exit(0);
    }
    waitpid(middle, NULL, 0);
  } else {
    char numbers[4][16];
    const int all[4] = {meeting->ready[0], meeting->ready[1], meeting->leave[0], meeting->leave[1]};
    for (int i = 0; i < 4; ++i) snprintf(numbers[i], sizeof(numbers[i]), "%d", all[i]);
    char* arguments[] = {self, "meet", size, numbers[0], numbers[1], numbers[2], numbers[3], NULL};
    pid_t child = 0;
    if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ) != 0) _exit(FAILED);
  }
}

static int together(char* self, const char* how, int count, char* size) {
  struct meeting meeting;
  if (pipe(meeting.ready) != 0 || pipe(meeting.leave) != 0) return FAILED;
  for (int i = 0; i < count; ++i) start_member(how, &meeting, self, size);
  for (int i = 0; i < count; ++i) {
    char c = 0;
    if (read(meeting.ready[0], &c, 1) != 1) return FAILED;
  }
  close(meeting.leave[1]);
  while (wait(NULL) > 0) {
  }
  leave();
  return 0;
}

static void* touch_in_thread(void* size) {
  touch(size);
  return NULL;
}

static void* outlive_first_thread(void* size) {
  char path[64];
  char text[64] = "";
  snprintf(path, sizeof(path), "/proc/self/task/%ld/stat", (long)getpid());
  while (strstr(text, ") Z ") == NULL) {
    const int stat = open(path, O_RDONLY);
    if (read(stat, text, sizeof(text) - 1) <= 0) _exit(FAILED);
    close(stat);
    sched_yield();
  }
  touch(size);
  leave();
  return NULL;
}

static char* self_name;

static void* exec_in_thread(void* size) {
  touch(size);
  char* arguments[] = {self_name, "touch", "1", NULL};
  execve("/proc/self/exe", arguments, environ);
  _exit(FAILED);
}

static int shared_child(void* size) {
  touch(size);
  _exit(0);
}

int main(int argc, char** argv) {
  if (argc < 3) return FAILED;
  const char* const what = argv[1];
  char* const size = argv[2];
  self_name = argv[0];
  touch_code();
  pthread_t thread;
  if (strcmp(what, "touch") == 0) {
    touch(size);
    leave();
  } else if (strcmp(what, "meet") == 0 && argc == 7) {
    const struct meeting meeting = {{atoi(argv[3]), atoi(argv[4])}, {atoi(argv[5]), atoi(argv[6])}};
    meet(&meeting, size);
  } else if (strcmp(what, "together") == 0 && argc == 5) {
    return together(argv[0], argv[3], atoi(argv[4]), size);
  } else if (strcmp(what, "ignore-children") == 0) {
    signal(SIGCHLD, SIG_IGN);
    return together(argv[0], "fork", 1, size);
  } else if (strcmp(what, "exec-chain") == 0) {
    touch(size);
    tell_truth();
    char* arguments[] = {argv[0], "touch", "1", NULL};
    execve("/proc/self/exe", arguments, environ);
    return FAILED;
  } else if (strcmp(what, "threads") == 0) {
    pthread_t threads[4];
    for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, touch_in_thread, size);
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
    leave();
  } else if (strcmp(what, "first-thread-leaves") == 0) {
    pthread_create(&thread, NULL, outlive_first_thread, size);
    pthread_exit(NULL);
  } else if (strcmp(what, "thread-execs") == 0) {
    pthread_create(&thread, NULL, exec_in_thread, size);
    pthread_join(thread, NULL);
  } else if (strcmp(what, "killed") == 0) {
    touch(size);
    tell_truth();
    kill(getpid(), SIGKILL);
  } else if (strcmp(what, "shared-clone") == 0) {
    /* Shares all memory, yet is no thread and suspends nobody. */
    char* const stack = malloc(MIB);
    const pid_t child = clone(shared_child, stack + MIB, CLONE_VM | SIGCHLD, size);
    waitpid(child, NULL, 0);
    leave();
  } else if (strcmp(what, "leave-behind") == 0) {
    /* Returns while a daemon that is deaf for SIGTERM goes on. */
    int ready[2];
    if (pipe(ready) != 0) return FAILED;
    if (fork() == 0) {
      setsid();
      if (fork() != 0) _exit(0);
      signal(SIGTERM, SIG_IGN);
      touch(size);
      touch_code();
      tell_truth();
      if (write(ready[1], "r", 1) != 1) _exit(FAILED);
      for (;;) pause();
    }
    char c = 0;
    if (read(ready[0], &c, 1) != 1) return FAILED;
  } else if (strcmp(what, "untraced-clone") == 0) {
    if (syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL) == 0) {
      for (;;) pause();
    }
  } else if (strcmp(what, "arguments") == 0) {
    /* All arguments after the file's name, each with its zero. */
    const int file = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (int i = 3; i < argc; ++i) {
      const size_t length = strlen(argv[i]) + 1;
      if (write(file, argv[i], length) != (ssize_t)length) return FAILED;
    }
  } else {
    return FAILED;
  }
  return 0;
}
