/*
 * Tells `splitscope exec` which phase a program is in: docs/phases.md. C99 and C++, on its own.
 *
 *   splitscope_phase("build");   ends the running phase and begins this one
 *   splitscope_phase_end();      ends it
 *
 * Both return when the figures of the boundary have been taken, or after a second at most; 0 then,
 * -1 where nobody measures (nothing is done) or nobody answered. A name has 1 to 63 bytes and no
 * line feed. Any thread may call them; a process has one phase at a time, which its threads share.
 * errno may change. Nothing is allocated. SPLITSCOPE_PHASES_FD is read once.
 */
#ifndef SPLITSCOPE_PHASES_H
#define SPLITSCOPE_PHASES_H

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SPLITSCOPE_PHASE_NAME_BYTES = 63,
  /* Of a program that is debugged nobody may be there to answer. */
  SPLITSCOPE_PHASE_WAIT_MS = 1000,
  SPLITSCOPE_PHASE_UNKNOWN = -2
};

/* The descriptor, or -1. */
static inline int splitscope_phases_descriptor(void) {
  static int known = SPLITSCOPE_PHASE_UNKNOWN;
  int fd = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (fd == SPLITSCOPE_PHASE_UNKNOWN) {
    const char* const text = getenv("SPLITSCOPE_PHASES_FD");
    char* end = NULL;
    const long number = text != NULL ? strtol(text, &end, 10) : -1;
    fd = end != NULL && end != text && *end == '\0' && number >= 0 && number <= INT_MAX
             ? (int)number
             : -1;
    __atomic_store_n(&known, fd, __ATOMIC_RELAXED);
  }
  return fd;
}

static inline int splitscope_phases_say(const char* line, size_t size) {
  const int fd = splitscope_phases_descriptor();
  struct pollfd answered;
  ssize_t done;
  char answer;
  if (fd < 0) return -1;
  /* send(2) refuses what is no socket: a program that closed the descriptor may have a file of its
     own there. One call for each line, so that lines of several threads do not mix. */
  do {
    done = send(fd, line, size, MSG_NOSIGNAL);
  } while (done < 0 && errno == EINTR);
  if (done != (ssize_t)size) return -1;
  answered.fd = fd;
  answered.events = POLLIN;
  answered.revents = 0;
  do {
    done = poll(&answered, 1, SPLITSCOPE_PHASE_WAIT_MS);
  } while (done < 0 && errno == EINTR);
  if (done != 1) return -1;
  do {
    done = recv(fd, &answer, 1, MSG_DONTWAIT);
  } while (done < 0 && errno == EINTR);
  return done == 1 ? 0 : -1;
}

static inline int splitscope_phase(const char* name) {
  static const char begin[] = "phase ";
  char line[sizeof(begin) - 1 + SPLITSCOPE_PHASE_NAME_BYTES + 1];
  size_t size;
  if (splitscope_phases_descriptor() < 0) return -1;
  size = strlen(name);
  if (size == 0 || size > SPLITSCOPE_PHASE_NAME_BYTES || memchr(name, '\n', size) != NULL)
    return -1;
  memcpy(line, begin, sizeof(begin) - 1);
  memcpy(line + sizeof(begin) - 1, name, size);
  line[sizeof(begin) - 1 + size] = '\n';
  return splitscope_phases_say(line, sizeof(begin) - 1 + size + 1);
}

static inline int splitscope_phase_end(void) { return splitscope_phases_say("end\n", 4); }

#ifdef __cplusplus
}
#endif

#endif
