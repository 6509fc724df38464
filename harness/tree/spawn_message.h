/* What the spawner and its supervisor say to each other over their socket. C and C++. */
#ifndef SPLITSCOPE_HARNESS_TREE_SPAWN_MESSAGE_H
#define SPLITSCOPE_HARNESS_TREE_SPAWN_MESSAGE_H

#include <stdint.h>

/* Where a message comes from; all but the first report an error and are the last one. */
enum {
  SPLITSCOPE_STAGE_WAITING = 1, /* value: the new process, which waits for one byte */
  SPLITSCOPE_STAGE_CGROUP = 2,  /* value: errno, as in all that follow */
  SPLITSCOPE_STAGE_DATA_LIMIT = 3,
  SPLITSCOPE_STAGE_CORE_LIMIT = 4,
  SPLITSCOPE_STAGE_CLONE = 5,
  SPLITSCOPE_STAGE_EXEC = 6 /* candidate: which path it was about */
};

/* Flags of the description. */
enum {
  SPLITSCOPE_SPAWN_DATA_LIMIT = 1,
  SPLITSCOPE_SPAWN_CORE_LIMIT = 2,
  SPLITSCOPE_SPAWN_NEW_GROUP = 4,
  SPLITSCOPE_SPAWN_JOIN_GROUP = 8,
  SPLITSCOPE_SPAWN_TERMINAL = 16, /* standard input is a terminal that the new group is given */
  SPLITSCOPE_SPAWN_FIXED_ADDRESSES = 32
};

struct splitscope_spawn_message {
  int32_t stage;
  int32_t value;
  int32_t candidate;
};

/*
 * The spawner's arguments: its name; the description, decimal numbers with a blank after each:
 * socket, flags, group to join, bits of ignored signals, data limit, core limit, number of
 * candidates; the path of cgroup.procs or ""; the candidates; the command's own arguments, byte for
 * byte. Its environment is the command's.
 */
#endif
