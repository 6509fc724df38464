/*
 * One process of known behaviour: memory TRUTH SCENARIO MIB. What it knows is counted while it
 * goes, from its own figures before and the pages that it touches; a spike is not looked at while
 * it lasts, which would make it longer.
 */
#include "tests/truth/teller.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* Of jemalloc and tcmalloc, which know what the libraries that came with them have taken before
 * main.
 */
__attribute__((weak)) int mallctl(const char*, void*, size_t*, void*, size_t);
__attribute__((weak)) int MallocExtension_GetNumericProperty(const char*, size_t*);

static const char* truth_file;
static size_t given_bytes;
static struct ledger own;
/* What was resident before, and the highest of each kind since. */
static struct resident before;
static struct resident highest;
static uint64_t mapped_anon, mapped_file, mapped_shared;

static int allocator_is_foreign(void) {
  return mallctl != NULL || MallocExtension_GetNumericProperty != NULL;
}

static uint64_t taken_before_main(void) {
  uint64_t in = 0;
  uint64_t out = 0;
  size_t size = sizeof in;
  if (mallctl != NULL && (mallctl("thread.allocated", &in, &size, NULL, 0) != 0 ||
                          mallctl("thread.deallocated", &out, &size, NULL, 0) != 0)) {
    truth_fail("jemalloc keeps no statistics");
  }
  if (MallocExtension_GetNumericProperty != NULL &&
      !MallocExtension_GetNumericProperty("generic.current_allocated_bytes", &in)) {
    truth_fail("tcmalloc keeps no statistics");
  }
  /* tcmalloc tries itself with one byte when it starts, which stays in its statistics: the only
   * block of 8 bytes among multiples of 16. */
  if (MallocExtension_GetNumericProperty != NULL && in % 16 == 8) in -= 8;
  return in - out;
}

static void* take(size_t size) {
  void* const block = malloc(size);
  if (block == NULL) truth_fail("no memory");
  own.live += malloc_usable_size(block);
  if (own.live > own.peak) own.peak = own.live;
  ++own.allocations;
  own.requested += size;
  if (size > own.largest) own.largest = size;
  return block;
}

static void give(void* block) {
  own.live -= malloc_usable_size(block);
  ++own.frees;
  free(block);
}

static void* resize(void* block, size_t size) {
  own.live -= malloc_usable_size(block);
  ++own.frees;
  void* const resized = realloc(block, size);
  own.live += malloc_usable_size(resized);
  if (own.live > own.peak) own.peak = own.live;
  ++own.allocations;
  own.requested += size;
  if (size > own.largest) own.largest = size;
  return resized;
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

static void reached(struct resident at) {
  highest.rss = larger(highest.rss, at.rss);
  highest.anon = larger(highest.anon, at.anon);
  highest.file = larger(highest.file, at.file);
  highest.shmem = larger(highest.shmem, at.shmem);
}

/* That many bytes above what was resident before. */
static void reached_more(uint64_t anon, uint64_t file, uint64_t shmem) {
  struct resident at = before;
  at.anon += anon;
  at.file += file;
  at.shmem += shmem;
  at.rss += anon + file + shmem;
  reached(at);
}

static uint64_t whole_pages(uint64_t bytes) {
  return (bytes + TRUTH_PAGE - 1) / TRUTH_PAGE * TRUTH_PAGE;
}

static void* map(size_t bytes, int flags, int fd) {
  void* const memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (memory == MAP_FAILED) truth_fail("cannot map");
  return memory;
}

static void tell(const char* measure, uint64_t value) { tell_to(truth_file, 0, measure, value); }

/* Before anything is measured: the code that tells must not be touched for the first time later. */
static void touch_code(void) {
  tell_to("/dev/null", 1, "nothing", 1);
  touch_calls();
  before = resident_now();
  before = resident_now();
  highest = before;
}

static void tell_all(void) {
  if (truth_ledger_read != NULL) truth_ledger_read(&own);
  tell("peak_rss_bytes", highest.rss);
  tell("peak_rss_anon_bytes", highest.anon);
  tell("peak_rss_file_bytes", highest.file);
  tell("peak_rss_shmem_bytes", highest.shmem);
  tell("largest_process_rss_bytes", highest.rss);
  tell("peak_heap_bytes", own.peak);
  tell("heap_largest_bytes", own.largest);
  if (!allocator_is_foreign()) {
    tell("heap_allocations", own.allocations);
    tell("heap_frees", own.frees);
    tell("heap_requested_bytes", own.requested);
  }
  tell("mmap_anon_peak_bytes", mapped_anon);
  tell("mmap_file_peak_bytes", mapped_file);
  tell("mmap_shared_peak_bytes", mapped_shared);
  tell("processes", 1);
}

static void hold(void) {
  touch_code();
  size_t left = given_bytes;
  for (size_t size = 24; left != 0; size = size * 5 / 4 % TRUTH_MIB + 24) {
    const size_t bytes = size < left ? size : left;
    touch(take(bytes), bytes);
    left -= bytes;
  }
  reached(resident_now());
}

/* The C library maps a large block by itself, with its header before it. */
static void malloc_spike(void) {
  touch_code();
  void* const block = take(given_bytes);
  touch(block, malloc_usable_size(block));
  reached_more(whole_pages(malloc_usable_size(block) + 16), 0, 0);
  give(block);
}

static void foreign_malloc_spike(void) {
  void* const first = take(64);
  touch_code();
  void* const block = take(given_bytes);
  touch(block, given_bytes);
  reached(resident_now());
  give(block);
  give(first);
}

static void small_blocks_spike(void) {
  enum { SIZE = 4000, MOST = 16384 };
  static void* blocks[MOST];
  touch(blocks, sizeof blocks);
  touch_code();
  const size_t count = given_bytes / SIZE;
  if (count > MOST) truth_fail("too much for small blocks");
  for (size_t i = 0; i < count; ++i) touch(blocks[i] = take(SIZE), SIZE);
  reached(resident_now());
  for (size_t i = count; i > 0; --i) give(blocks[i - 1]);
}

static void many_blocks(void) {
  enum { PLACES = 257, ROUNDS = 50000, MOST = 20000 };
  static void* blocks[PLACES];
  touch_code();
  uint64_t seed = 42;
  for (int i = 0; i < ROUNDS; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    void** const block = &blocks[(seed >> 33) % PLACES];
    const size_t size = (seed >> 40) % MOST + 1;
    if (*block == NULL) {
      *block = take(size);
    } else if ((seed >> 20 & 3) == 0) {
      *block = resize(*block, size);
    } else {
      give(*block);
      *block = take(size);
    }
    touch(*block, size);
    if (i % 64 == 0) reached(resident_now());
  }
  reached(resident_now());
}

static void grow_by_realloc(void) {
  touch_code();
  char* block = take(TRUTH_MIB);
  for (size_t size = TRUTH_MIB; size <= given_bytes; size += TRUTH_MIB) {
    block = resize(block, size);
    touch(block, malloc_usable_size(block));
  }
  reached_more(whole_pages(malloc_usable_size(block) + 16), 0, 0);
  block = resize(block, TRUTH_MIB);
  give(block);
}

static void map_spike(int flags) {
  touch_code();
  void* const memory = map(given_bytes, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1);
  if (flags == 0) touch(memory, given_bytes);
  mapped_anon = given_bytes;
  reached_more(given_bytes, 0, 0);
  munmap(memory, given_bytes);
}

static void huge_spike(void) {
  enum { HUGE = 2 * TRUTH_MIB };
  touch_code();
  char* const memory = map(given_bytes + HUGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  char* const aligned = (char*)(((uintptr_t)memory + HUGE - 1) / HUGE * HUGE);
  madvise(aligned, given_bytes, MADV_HUGEPAGE);
  touch(aligned, given_bytes);
  mapped_anon = given_bytes + HUGE;
  reached_more(given_bytes, 0, 0);
  munmap(memory, given_bytes + HUGE);
}

/* Through system calls of its own, past the C library and all that stands before it. */
static void raw_map_spike(void) {
  touch_code();
  void* const memory = (void*)syscall(SYS_mmap, NULL, given_bytes, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  touch(memory, given_bytes);
  reached_more(given_bytes, 0, 0);
  syscall(SYS_munmap, memory, given_bytes);
}

static void break_spike(void) {
  touch_code();
  char* const start = sbrk((intptr_t)given_bytes);
  touch(start, given_bytes);
  mapped_anon = given_bytes;
  reached_more(given_bytes, 0, 0);
  if (brk(start) != 0) truth_fail("cannot lower the break");
}

static void drop_and_touch(void) {
  touch_code();
  char* const memory = map(given_bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  touch(memory, given_bytes);
  mapped_anon = given_bytes;
  reached_more(given_bytes, 0, 0);
  madvise(memory, given_bytes, MADV_DONTNEED);
  touch(memory, given_bytes / 2);
}

/* Half of what is mapped is touched. */
static void shared_spike(int fd) {
  touch_code();
  const int flags = MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0);
  void* const memory = map(given_bytes, flags, fd);
  touch(memory, given_bytes / 2);
  mapped_shared = given_bytes;
  reached_more(0, 0, given_bytes / 2);
  munmap(memory, given_bytes);
}

static void memfd_spike(void) {
  const int fd = memfd_create("truth", MFD_CLOEXEC);
  if (ftruncate(fd, (off_t)given_bytes) != 0) truth_fail("cannot size a memfd");
  shared_spike(fd);
}

/* Beside the truth, which is on a disk; gone with the last descriptor. */
static int scratch_file(void) {
  char path[512];
  snprintf(path, sizeof path, "%s.scratch", truth_file);
  const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  unlink(path);
  static char page[TRUTH_PAGE];
  for (size_t at = 0; at < given_bytes; at += sizeof page) {
    if (write(fd, page, sizeof page) != (ssize_t)sizeof page) truth_fail("cannot write");
  }
  return fd;
}

/* All of it is read; a quarter is written, which copies those pages if the map is private. */
static void file_spike(int flags) {
  const int fd = scratch_file();
  touch_code();
  volatile char* const memory = map(given_bytes, flags, fd);
  unsigned sum = 0;
  for (size_t at = 0; at < given_bytes; at += TRUTH_PAGE) sum += (unsigned char)memory[at];
  if (sum != 0) truth_fail("a file of zeros is none");
  const size_t written = given_bytes / 4;
  mapped_file = given_bytes;
  reached_more(0, given_bytes, 0);
  touch((void*)memory, written);
  if (flags == MAP_PRIVATE) reached_more(written, given_bytes - written, 0);
  munmap((void*)memory, given_bytes);
}

static void* hold_in_thread(void* barrier) {
  void* const block = malloc(given_bytes);
  touch(block, malloc_usable_size(block));
  pthread_barrier_wait(barrier);
  if (pthread_barrier_wait(barrier) == PTHREAD_BARRIER_SERIAL_THREAD) reached(resident_now());
  pthread_barrier_wait(barrier);
  free(block);
  return NULL;
}

static void threads(void) {
  enum { THREADS = 4 };
  pthread_t ids[THREADS];
  pthread_barrier_t barrier;
  touch_code();
  pthread_barrier_init(&barrier, NULL, THREADS);
  for (int i = 0; i < THREADS; ++i) pthread_create(&ids[i], NULL, hold_in_thread, &barrier);
  for (int i = 0; i < THREADS; ++i) pthread_join(ids[i], NULL);
}

/* Holds, and becomes the same program with a little. */
static void exec_chain(char** argv) {
  touch_code();
  touch(map(given_bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1), given_bytes);
  reached_more(given_bytes, 0, 0);
  tell("peak_rss_bytes", highest.rss);
  tell("largest_process_rss_bytes", highest.rss);
  tell("mmap_anon_peak_bytes", given_bytes);
  char* arguments[] = {argv[0], "/dev/null", "hold", "1", NULL};
  execv("/proc/self/exe", arguments);
  truth_fail("cannot exec");
}

int main(int argc, char** argv) {
  if (argc != 4) truth_fail("memory TRUTH SCENARIO MIB");
  truth_file = argv[1];
  const char* const what = argv[2];
  given_bytes = (size_t)atol(argv[3]) * TRUTH_MIB;
  own.live = own.peak = taken_before_main();
  if (strcmp(what, "hold") == 0 || strcmp(what, "killed") == 0) {
    hold();
  } else if (strcmp(what, "malloc-spike") == 0) {
    malloc_spike();
  } else if (strcmp(what, "foreign-malloc-spike") == 0) {
    foreign_malloc_spike();
  } else if (strcmp(what, "small-blocks-spike") == 0) {
    small_blocks_spike();
  } else if (strcmp(what, "many-blocks") == 0) {
    many_blocks();
  } else if (strcmp(what, "realloc") == 0) {
    grow_by_realloc();
  } else if (strcmp(what, "mmap-spike") == 0) {
    map_spike(0);
  } else if (strcmp(what, "populate-spike") == 0) {
    map_spike(MAP_POPULATE);
  } else if (strcmp(what, "huge-spike") == 0) {
    huge_spike();
  } else if (strcmp(what, "raw-mmap-spike") == 0) {
    raw_map_spike();
  } else if (strcmp(what, "brk-spike") == 0) {
    break_spike();
  } else if (strcmp(what, "dontneed") == 0) {
    drop_and_touch();
  } else if (strcmp(what, "shared-anon-spike") == 0) {
    shared_spike(-1);
  } else if (strcmp(what, "memfd-spike") == 0) {
    memfd_spike();
  } else if (strcmp(what, "private-file-spike") == 0) {
    file_spike(MAP_PRIVATE);
  } else if (strcmp(what, "shared-file-spike") == 0) {
    file_spike(MAP_SHARED);
  } else if (strcmp(what, "threads") == 0) {
    threads();
  } else if (strcmp(what, "exec-chain") == 0) {
    exec_chain(argv);
  } else {
    truth_fail("no such scenario");
  }
  tell_all();
  if (strcmp(what, "killed") == 0) kill(getpid(), SIGKILL);
  _exit(0);
}
