// A program that knows what it allocates, for heap_slots_test.cc: does what its argument names and
// prints "live peak allocations frees requested" of its own. Built without the C++ library, so that
// nothing is allocated before main. With OWN_ALLOCATOR it brings a malloc of its own.
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t kMiB = 1 << 20;

struct Ledger {
  std::uint64_t live = 0, peak = 0, allocations = 0, frees = 0, requested = 0;

  void* in(void* block, std::size_t size) {
    // Keeps the compiler from dropping what nobody looks at.
    asm volatile("" : : "g"(block) : "memory");
    live += malloc_usable_size(block);
    if (live > peak) peak = live;
    ++allocations;
    requested += size;
    return block;
  }
  void out(void* block) {
    live -= malloc_usable_size(block);
    ++frees;
  }
  void print() const {
    char line[128];
    const int length = std::snprintf(line, sizeof line, "%lu %lu %lu %lu %lu\n", live, peak,
                                     allocations, frees, requested);
    (void)!write(STDOUT_FILENO, line, static_cast<std::size_t>(length));
  }
};
Ledger ledger;

void* take(std::size_t size) { return ledger.in(std::malloc(size), size); }
void give(void* block) {
  ledger.out(block);
  std::free(block);
}

void work(int rounds) {
  void* blocks[257] = {};
  std::uint64_t seed = 42;
  for (int i = 0; i < rounds; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    void*& block = blocks[(seed >> 33) % 257];
    const std::size_t size = (seed >> 40) % 20'000;
    if ((seed >> 20 & 3) == 0 && block != nullptr) {
      const std::size_t before = malloc_usable_size(block);
      block = std::realloc(block, size + 1);
      ledger.live -= before;
      ++ledger.frees;
      ledger.in(block, size + 1);
    } else {
      if (block != nullptr) give(block);
      block = (seed & 1024) != 0 ? take(size) : ledger.in(std::calloc(1, size), size);
    }
  }
}

int wait_for(pid_t pid) {
  int status = -1;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int in_child(pid_t pid) {
  if (pid != 0) return wait_for(pid);
  void* const block = take(5'000'000);
  std::memset(block, 1, 5'000'000);
  _exit(0);
}

void* thread(void*) {
  for (int i = 0; i < 20'000; ++i) std::free(std::malloc(1000));
  void* const kept = std::malloc(100'000);
  asm volatile("" : : "g"(kept) : "memory");
  return nullptr;
}

int threads(int count) {
  pthread_t ids[200];
  for (int i = 0; i < count; ++i) {
    if (pthread_create(&ids[i], nullptr, thread, nullptr) != 0) return 1;
  }
  for (int i = 0; i < count; ++i) pthread_join(ids[i], nullptr);
  return 0;
}

int map_kinds() {
  char* const reserved = static_cast<char*>(
      mmap(nullptr, 1024 * kMiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (mprotect(reserved + kMiB, 2 * kMiB, PROT_READ | PROT_WRITE) != 0) return 1;
  // Again: it is counted already.
  if (mprotect(reserved + 2 * kMiB, 2 * kMiB, PROT_READ) != 0) return 1;
  mmap(nullptr, 5 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const int memory = memfd_create("subject", MFD_CLOEXEC);
  if (ftruncate(memory, 7 * kMiB) != 0) return 1;
  mmap(nullptr, 7 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE, file, 0);
  if (sbrk(3 * kMiB) == reinterpret_cast<void*>(-1)) return 1;
  if (brk(static_cast<char*>(sbrk(0)) - kMiB) != 0) return 1;
  return 0;
}

int spike() {
  void* const block = take(8 * kMiB);
  std::memset(block, 1, 8 * kMiB);
  give(block);
  void* const shared =
      mmap(nullptr, 3 * kMiB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  std::memset(shared, 1, 3 * kMiB);
  munmap(shared, 3 * kMiB);
  return 0;
}

int run(int argc, char** argv) {
  const char* const mode = argc > 1 ? argv[1] : "";
  const auto is = [mode](const char* name) { return std::strcmp(mode, name) == 0; };
  if (is("work")) work(20'000);
  if (is("touch")) std::memset(take(40 * kMiB), 1, 40 * kMiB);
  if (is("threads")) return threads(std::atoi(argv[2]));
  if (is("fork")) return take(1'000'000), in_child(fork());
  if (is("clone")) {
    take(1'000'000);
    return in_child(static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0)));
  }
  if (is("vfork")) {
    const pid_t pid = vfork();
    if (pid == 0) {
      std::free(std::malloc(3'000'000));
      _exit(0);
    }
    return wait_for(pid);
  }
  if (is("inherit")) {
    void* const block = take(1'000'000);
    const pid_t pid = fork();
    if (pid != 0) return wait_for(pid);
    std::free(block);
    take(300'000);
    _exit(0);
  }
  if (is("exec")) return take(70'000), execv(argv[2], argv + 2);
  if (is("clean")) {
    char* none[] = {nullptr};
    return execve(argv[2], argv + 2, none);
  }
  if (is("clean-vfork")) {
    char* none[] = {nullptr};
    const pid_t pid = vfork();
    if (pid == 0) {
      execve(argv[2], argv + 2, none);
      _exit(127);
    }
    return wait_for(pid);
  }
  if (is("many-variables")) {
    static char* many[20'001];
    static char text[] = "A=1";
    for (int i = 0; i < 20'000; ++i) many[i] = text;
    return execve(argv[2], argv + 2, many);
  }
  if (is("list")) return execl(argv[2], argv[2], "work", nullptr);
  if (is("kill")) {
    take(900'000);
    raise(SIGKILL);
  }
  if (is("fail")) {
    volatile std::size_t impossible = ~std::size_t{0} / 4;
    return std::malloc(impossible) == nullptr ? 0 : 1;
  }
  if (is("maps")) return map_kinds();
  if (is("spike")) return spike();
  return 0;
}

}  // namespace

#ifdef OWN_ALLOCATOR
// Never gives anything back; the sizes stand before the blocks.
extern "C" void* malloc(std::size_t size) {
  constexpr std::size_t kHeader = 16;
  const std::size_t whole = size + kHeader;
  void* const memory =
      mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  *static_cast<std::size_t*>(memory) = size;
  return static_cast<char*>(memory) + kHeader;
}
extern "C" void free(void*) {}
extern "C" std::size_t malloc_usable_size(void* block) {
  return *reinterpret_cast<std::size_t*>(static_cast<char*>(block) - 16);
}
#endif

int main(int argc, char** argv) {
  const int status = run(argc, argv);
  ledger.print();
  return status;
}
