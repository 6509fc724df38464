/*
 * An allocation-heavy loop: loop MILLIONS THREADS. 16 to 4112 bytes, 4096 blocks live in each
 * thread; the millions are shared among the threads.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE = 4096, MOST_THREADS = 64 };

static uint64_t operations;

static void* work(void* number) {
  static __thread void* blocks[LIVE];
  uint64_t seed = 88172645463325252u + (uintptr_t)number;
  for (uint64_t i = 0; i < operations; ++i) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    void** const block = &blocks[seed % LIVE];
    free(*block);
    *block = malloc(16 + (seed >> 32) % 4097);
    /* As any user would: otherwise the loop measures only the allocator's own memory. */
    memset(*block, 1, 16);
  }
  for (int i = 0; i < LIVE; ++i) free(blocks[i]);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 3) return 1;
  const long threads = atol(argv[2]);
  if (threads < 1 || threads > MOST_THREADS) return 1;
  operations = (uint64_t)(atof(argv[1]) * 1e6) / (uint64_t)threads;
  pthread_t ids[MOST_THREADS];
  for (long i = 1; i < threads; ++i) {
    if (pthread_create(&ids[i], NULL, work, (void*)i) != 0) return 1;
  }
  work(NULL);
  for (long i = 1; i < threads; ++i) pthread_join(ids[i], NULL);
  return 0;
}
