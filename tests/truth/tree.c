/*
 * A tree of known behaviour: tree TRUTH SCENARIO MIB. Its members stand still while the first
 * process reads of each what the kernel says of it and tells the sums.
 */
#include "tests/truth/teller.h"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

extern char** environ;

enum { MEMBERS = 4, SHORT_LIVED = 200 };

static const char* truth_file;
static char* size_text;
static size_t given_bytes;

/* Members write their pid and heap to the first and read from the second until all may leave. */
static int ready[2];
static int leave[2];

struct presence {
  long pid;
  uint64_t heap;
};

static void tell(const char* measure, uint64_t value) { tell_to(truth_file, 0, measure, value); }

/* A forked child has to touch anew what it calls after it told. */
static void touch_code(void) {
  tell_to("/dev/null", 1, "nothing", 1);
  resident_now();
  touch_calls();
}

static void tell_own_peak(void) {
  tell_to(truth_file, (long)getpid(), "peak_rss_bytes", resident_now().mark);
}

static void stand(size_t bytes) {
  touch_code();
  void* const block = malloc(bytes);
  touch(block, bytes);
  tell_own_peak();
  const struct presence here = {(long)getpid(), malloc_usable_size(block)};
  char c = 0;
  close(leave[1]);
  if (write(ready[1], &here, sizeof here) != (ssize_t)sizeof here) truth_fail("nobody is there");
  if (read(leave[0], &c, 1) != 0) truth_fail("nobody should answer");
  _exit(0);
}

static void member_words(char text[4][16], char* words[8], char* how) {
  snprintf(text[0], sizeof text[0], "%d", ready[1]);
  snprintf(text[1], sizeof text[1], "%d", leave[0]);
  snprintf(text[2], sizeof text[2], "%d", leave[1]);
  char* const all[8] = {"truth_tree", (char*)truth_file, how,     size_text,
                        text[0],      text[1],           text[2], NULL};
  memcpy(words, all, sizeof all);
}

static void spawn_member(char* how) {
  char text[4][16];
  char* words[8];
  member_words(text, words, how);
  pid_t child = 0;
  if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, words, environ) != 0) {
    truth_fail("cannot spawn");
  }
}

static void vfork_member(void) {
  char text[4][16];
  char* words[8];
  member_words(text, words, "member");
  if (vfork() == 0) {
    execve("/proc/self/exe", words, environ);
    _exit(TRUTH_FAILED);
  }
}

/* Three members in a row, each reading from the one before it, in a shell. Returns the shell. */
static pid_t shell_pipeline(void) {
  char self[512] = "";
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) truth_fail("cannot tell who I am");
  char one[1200];
  char all[4000];
  snprintf(one, sizeof one, "'%s' '%s' member %s %d %d %d", self, truth_file, size_text, ready[1],
           leave[0], leave[1]);
  snprintf(all, sizeof all, "%s | %s | %s; true", one, one, one);
  const pid_t shell = fork();
  if (shell == 0) {
    close(ready[0]);
    close(leave[1]);
    execl("/bin/sh", "sh", "-c", all, (char*)NULL);
    _exit(TRUTH_FAILED);
  }
  return shell;
}

static void add(struct resident* sum, struct resident one) {
  sum->rss += one.rss;
  sum->anon += one.anon;
  sum->file += one.file;
  sum->shmem += one.shmem;
}

static uint64_t pss_of(long pid) {
  char path[48];
  char text[4096];
  snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (got <= 0) truth_fail("cannot read a smaps_rollup");
  close(fd);
  text[got] = '\0';
  return field_of(text, "\nPss:");
}

/* Reads the members that stand, and one more process if there is one; tells the sums. */
static void tell_sums(int members, pid_t also, uint64_t own_heap, int with_pss) {
  struct resident sum = resident_now();
  struct presence there;
  uint64_t heap = own_heap;
  uint64_t pss = 0;
  long pids[MEMBERS] = {0};
  for (int i = 0; i < members; ++i) {
    if (read(ready[0], &there, sizeof there) != (ssize_t)sizeof there) truth_fail("one is missing");
    heap += there.heap;
    pids[i] = there.pid;
  }
  for (int i = 0; i < members; ++i) {
    add(&sum, resident_of(pids[i]));
    if (with_pss) pss += pss_of(pids[i]);
  }
  if (also != 0) add(&sum, resident_of(also));
  if (with_pss) pss += pss_of((long)getpid());
  tell("peak_rss_bytes", sum.rss);
  tell("peak_rss_anon_bytes", sum.anon);
  tell("peak_rss_file_bytes", sum.file);
  tell("peak_rss_shmem_bytes", sum.shmem);
  tell("peak_heap_bytes", heap);
  tell("processes", (uint64_t)members + 1 + (also != 0));
  if (!with_pss) return;
  tell("peak_pss_bytes", pss);
  /* PSS takes long to read, so it is looked at rarely, and once things have come to rest. */
  usleep(600 * 1000);
}

static void let_go(void) {
  close(leave[1]);
  while (wait(NULL) > 0) {
  }
}

static void together(const char* how) {
  pid_t shell = 0;
  int members = MEMBERS;
  touch_code();
  if (strcmp(how, "shell-pipeline") == 0) {
    members = 3;
    shell = shell_pipeline();
  }
  for (int i = 0; shell == 0 && i < members; ++i) {
    if (strcmp(how, "fork") == 0 || strcmp(how, "ignored-children") == 0) {
      if (fork() == 0) stand(given_bytes);
    } else if (strcmp(how, "vfork") == 0) {
      vfork_member();
    } else {
      spawn_member("member");
    }
  }
  tell_sums(members, shell, 0, 0);
  let_go();
}

/* Each level forks the next and stands. */
static void generations(void) {
  touch_code();
  for (int level = 0; level < MEMBERS; ++level) {
    const pid_t child = fork();
    if (child < 0) truth_fail("cannot fork");
    if (child != 0) {
      if (level == 0) break;
      stand(given_bytes);
    }
    if (level == MEMBERS - 1) stand(given_bytes);
  }
  /* Of these, all but the last have forked before they took memory. */
  tell_sums(MEMBERS, 0, 0, 0);
  let_go();
}

/* A child that has all of its parent's memory and copies a quarter of it. */
static void copy_on_write(void) {
  char* const block = malloc(given_bytes);
  touch(block, given_bytes);
  touch_code();
  if (fork() == 0) {
    touch(block, given_bytes / 4);
    stand(TRUTH_MIB);
  }
  tell_sums(1, 0, malloc_usable_size(block), 1);
  let_go();
}

/* The others hold while one spikes for less than a millisecond. */
static void spike_beside_others(void) {
  touch_code();
  for (int i = 0; i < MEMBERS; ++i) spawn_member("member");
  struct resident sum = {0, 0, 0, 0, 0};
  struct presence there;
  for (int i = 0; i < MEMBERS; ++i) {
    if (read(ready[0], &there, sizeof there) != (ssize_t)sizeof there) truth_fail("one is missing");
    add(&sum, resident_of(there.pid));
  }
  spawn_member("spike");
  struct resident spiker;
  if (read(ready[0], &spiker, sizeof spiker) != (ssize_t)sizeof spiker) truth_fail("no spike");
  add(&sum, spiker);
  add(&sum, resident_now());
  tell("peak_rss_bytes", sum.rss);
  tell("peak_rss_anon_bytes", sum.anon);
  tell("processes", MEMBERS + 2);
  let_go();
}

static void spike(void) {
  touch_code();
  struct resident at = resident_now();
  void* const memory =
      mmap(NULL, given_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  touch(memory, given_bytes);
  munmap(memory, given_bytes);
  at.rss += given_bytes;
  at.anon += given_bytes;
  tell_to(truth_file, (long)getpid(), "peak_rss_bytes", at.rss);
  char c = 0;
  close(leave[1]);
  if (write(ready[1], &at, sizeof at) != (ssize_t)sizeof at) truth_fail("nobody is there");
  if (read(leave[0], &c, 1) != 0) truth_fail("nobody should answer");
}

/* Comes from a double fork in a session of its own, and is larger once its parent is gone. */
static void leave_a_daemon(void) {
  touch_code();
  const pid_t parent = getpid();
  const pid_t middle = fork();
  if (middle != 0) {
    waitpid(middle, NULL, 0);
    return;
  }
  setsid();
  if (fork() != 0) _exit(0);
  touch_code();
  while (kill(parent, 0) == 0) usleep(1000);
  void* const block = malloc(given_bytes);
  touch(block, given_bytes);
  const struct resident now = resident_now();
  tell("peak_rss_bytes", now.rss);
  tell("peak_rss_anon_bytes", now.anon);
  tell("largest_process_rss_bytes", now.rss);
  tell("peak_heap_bytes", malloc_usable_size(block));
  tell("processes", 3);
  tell_own_peak();
  _exit(0);
}

static void one_after_the_other(void) {
  touch_code();
  for (int i = 0; i < SHORT_LIVED; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      void* const memory =
          mmap(NULL, given_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      touch(memory, given_bytes);
      _exit(0);
    }
    waitpid(child, NULL, 0);
  }
  tell("processes", SHORT_LIVED + 1);
}

static void kill_a_member(void) {
  touch_code();
  const pid_t child = fork();
  if (child == 0) stand(given_bytes);
  tell_sums(1, 0, 0, 0);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

int main(int argc, char** argv) {
  if (argc != 4 && argc != 7) truth_fail("tree TRUTH SCENARIO MIB");
  truth_file = argv[1];
  const char* const what = argv[2];
  size_text = argv[3];
  given_bytes = (size_t)atol(size_text) * TRUTH_MIB;
  if (argc == 7) {
    ready[1] = atoi(argv[4]);
    leave[0] = atoi(argv[5]);
    leave[1] = atoi(argv[6]);
    if (strcmp(what, "spike") == 0) {
      spike();
    } else {
      stand(given_bytes);
    }
    return 0;
  }
  if (pipe(ready) != 0 || pipe(leave) != 0) truth_fail("no pipes");
  if (strcmp(what, "ignored-children") == 0) signal(SIGCHLD, SIG_IGN);
  if (strcmp(what, "generations") == 0) {
    generations();
  } else if (strcmp(what, "copy-on-write") == 0) {
    copy_on_write();
  } else if (strcmp(what, "spike-beside-others") == 0) {
    spike_beside_others();
  } else if (strcmp(what, "daemon") == 0) {
    leave_a_daemon();
  } else if (strcmp(what, "one-after-the-other") == 0) {
    one_after_the_other();
  } else if (strcmp(what, "killed-member") == 0) {
    kill_a_member();
  } else {
    together(what);
  }
  return 0;
}
