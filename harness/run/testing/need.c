/*
 * A program whose need of memory is known. `need touch MIB`: private memory, each page once, which
 * stays. `need map FILE MIB`: the same, and each page of FILE read once through a mapping, so that
 * what is given up is not missed. `need reserve GIB`: private writable memory that is never
 * touched. Exit status 1 where the kernel refuses.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, MIB = 1024 * 1024 };

static size_t size_of(const char* text, size_t unit) {
  return (size_t)strtoul(text, NULL, 10) * unit;
}

static volatile char* private_memory(size_t bytes, int flags) {
  void* const memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  return memory;
}

static void touch(size_t bytes) {
  if (bytes == 0) return;
  volatile char* const memory = private_memory(bytes, 0);
  /* Huge pages would round what is needed up to them. */
  (void)madvise((void*)memory, bytes, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < bytes; at += PAGE) memory[at] = 1;
}

static void read_mapped(const char* file) {
  struct stat status;
  const int fd = open(file, O_RDONLY);
  if (fd < 0 || fstat(fd, &status) != 0) _exit(1);
  const size_t size = (size_t)status.st_size;
  const volatile char* const bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED) _exit(1);
  for (size_t at = 0; at < size; at += PAGE) (void)bytes[at];
}

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "touch") == 0) {
    touch(size_of(argv[2], MIB));
  } else if (argc == 4 && strcmp(argv[1], "map") == 0) {
    touch(size_of(argv[3], MIB));
    read_mapped(argv[2]);
  } else if (argc == 3 && strcmp(argv[1], "reserve") == 0) {
    (void)private_memory(size_of(argv[2], (size_t)1024 * MIB), MAP_NORESERVE);
  } else {
    return 2;
  }
  return 0;
}
