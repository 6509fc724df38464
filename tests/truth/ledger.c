/*
 * A second opinion on the heap: an allocator's library whose functions count under one lock and
 * pass on to the C library. It stands behind the heap shim and sees what the program, its libraries
 * and the C library itself allocate.
 */
#include "tests/truth/teller.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))

extern void* __libc_malloc(size_t);
extern void __libc_free(void*);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

static struct ledger counted;
static volatile char lock;
static int calls;

static void enter(void) {
  while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE)) {
  }
}
static void leave(void) { __atomic_clear(&lock, __ATOMIC_RELEASE); }

static void in(void* block, size_t asked) {
  counted.live += malloc_usable_size(block);
  if (counted.live > counted.peak) counted.peak = counted.live;
  ++counted.allocations;
  counted.requested += asked;
  if (asked > counted.largest) counted.largest = asked;
}

static void out(void* block) {
  counted.live -= malloc_usable_size(block);
  ++counted.frees;
}

static void* entered(void* block, size_t asked) {
  if (block == NULL) return NULL;
  enter();
  in(block, asked);
  leave();
  return block;
}

/* The shim tries a foreign allocator with one byte before anything else: not the program's. */
static void* trial;

EXPORT void* malloc(size_t size) {
  void* const block = __libc_malloc(size);
  if (calls++ == 0 && size == 1) {
    trial = block;
    return block;
  }
  return entered(block, size);
}

EXPORT void free(void* block) {
  if (block == NULL) return;
  if (block == trial) {
    trial = NULL;
  } else {
    enter();
    out(block);
    leave();
  }
  __libc_free(block);
}

EXPORT void* calloc(size_t count, size_t size) {
  ++calls;
  return entered(__libc_calloc(count, size), count * size);
}

EXPORT void* realloc(void* block, size_t size) {
  ++calls;
  if (block == NULL) return entered(__libc_realloc(NULL, size), size);
  enter();
  const size_t before = malloc_usable_size(block);
  void* const resized = __libc_realloc(block, size);
  if (resized != NULL) {
    counted.live -= before;
    ++counted.frees;
    in(resized, size);
  }
  leave();
  return resized;
}

EXPORT void* memalign(size_t alignment, size_t size) {
  ++calls;
  return entered(__libc_memalign(alignment, size), size);
}

EXPORT void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

EXPORT int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = memalign(alignment, size);
  return *block == NULL ? ENOMEM : 0;
}

EXPORT void truth_ledger_read(struct ledger* result) {
  enter();
  *result = counted;
  leave();
}
