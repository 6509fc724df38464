#include "harness/record/heap_next.h"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "harness/record/heap_atomics.h"
#include "harness/record/heap_early.h"
#include "harness/record/heap_exec.h"
#include "harness/record/heap_slot.h"

namespace splitscope::record::shim {

alignas(64) std::byte boot_memory[kBootBytes];

namespace {

std::size_t boot_used = 0;
bool looking_up = false;
bool found_all = false;

// The code range of the allocator's library; empty when it is the C library, whose own mappings
// never pass through the dynamic symbol.
std::uintptr_t allocator_begin = 0;
std::uintptr_t allocator_end = 0;

[[noreturn]] void die(const char* what) {
  constexpr char kPrefix[] = "splitscope: heap shim: ";
  // Nothing can be done about a failed write on the way out.
  (void)!write(STDERR_FILENO, kPrefix, sizeof kPrefix - 1);
  (void)!write(STDERR_FILENO, what, std::strlen(what));
  (void)!write(STDERR_FILENO, "\n", 1);
  _exit(127);
}

void* boot_allocate(std::size_t alignment, std::size_t size) {
  if (alignment < 16) alignment = 16;
  const std::size_t start = (boot_used + alignment - 1) & ~(alignment - 1);
  if (alignment > 64 || start > sizeof boot_memory || size > sizeof boot_memory - start) {
    die("the dynamic linker asked for more memory than the shim keeps for its start");
  }
  boot_used = start + size;
  return boot_memory + start;
}

template <typename Function>
void look_up(Function& into, const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) die(name);
  into = reinterpret_cast<Function>(found);
}

void find_allocator_code(void* address) {
  dl_find_object object{};
  if (_dl_find_object(address, &object) != 0) return;
  dl_find_object c_library{};
  if (_dl_find_object(reinterpret_cast<void*>(&dlsym), &c_library) == 0 &&
      c_library.dlfo_map_start == object.dlfo_map_start) {
    return;
  }
  allocator_begin = reinterpret_cast<std::uintptr_t>(object.dlfo_map_start);
  allocator_end = reinterpret_cast<std::uintptr_t>(object.dlfo_map_end);
}

// tcmalloc's malloc_usable_size allocates when it is first asked: not while a block is counted.
void warm_up() {
  if (allocator_begin == allocator_end) return;
  void* const block = next.malloc(1);
  if (block != nullptr) begin_early_blocks(block);
  next.free(block);
}

// The first call comes from the dynamic linker or a constructor, before there is a second thread.
void find_next() {
  looking_up = true;
  NextAllocator found{};
  look_up(found.malloc, "malloc");
  look_up(found.free, "free");
  look_up(found.calloc, "calloc");
  look_up(found.realloc, "realloc");
  look_up(found.memalign, "memalign");
  look_up(found.posix_memalign, "posix_memalign");
  look_up(found.aligned_alloc, "aligned_alloc");
  look_up(found.usable_size, "malloc_usable_size");
  NextMapper mapper{};
  look_up(mapper.mmap, "mmap");
  look_up(mapper.munmap, "munmap");
  look_up(mapper.mremap, "mremap");
  look_up(mapper.madvise, "madvise");
  look_up(mapper.mprotect, "mprotect");
  look_up(mapper.sbrk, "sbrk");
  look_up(mapper.brk, "brk");
  find_allocator_code(reinterpret_cast<void*>(found.malloc));
  next = found;
  next_mapper = mapper;
  look_up_exec();
  looking_up = false;
  found_all = true;
  warm_up();
  attach_slots();
}

void* boot_malloc(std::size_t size) {
  if (looking_up) return boot_allocate(0, size);
  find_next();
  // The shim's own, which had looked whether it counts before this could say so.
  return ::malloc(size);
}
// Blocks from the time before are caught by is_boot_block, so nothing can be freed yet.
void boot_free(void*) {}
void* boot_calloc(std::size_t count, std::size_t size) {
  // Static memory is zero, and none of it is handed out twice. The linker's own counts cannot
  // overflow.
  if (looking_up) return boot_allocate(0, count * size);
  find_next();
  return next.calloc(count, size);
}
void* boot_realloc(void* block, std::size_t size) {
  if (looking_up) return boot_allocate(0, size);
  find_next();
  return next.realloc(block, size);
}
void* boot_memalign(std::size_t alignment, std::size_t size) {
  if (looking_up) return boot_allocate(alignment, size);
  find_next();
  return next.memalign(alignment, size);
}
int boot_posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  if (looking_up) {
    *block = boot_allocate(alignment, size);
    return 0;
  }
  find_next();
  return next.posix_memalign(block, alignment, size);
}
void* boot_aligned_alloc(std::size_t alignment, std::size_t size) {
  if (looking_up) return boot_allocate(alignment, size);
  find_next();
  return next.aligned_alloc(alignment, size);
}
std::size_t boot_usable_size(void* block) {
  if (block == nullptr || looking_up) return 0;
  find_next();
  return next.usable_size(block);
}

// An allocator's constructor may map memory before anybody allocates. The lookup itself maps
// nothing through these.
void* boot_mmap(void* address, std::size_t size, int protection, int flags, int fd, off_t offset) {
  find_next();
  return next_mapper.mmap(address, size, protection, flags, fd, offset);
}
int boot_munmap(void* address, std::size_t size) {
  find_next();
  return next_mapper.munmap(address, size);
}
void* boot_mremap(void* address, std::size_t size, std::size_t new_size, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  void* target = va_arg(arguments, void*);
  va_end(arguments);
  find_next();
  return next_mapper.mremap(address, size, new_size, flags, target);
}
int boot_madvise(void* address, std::size_t size, int advice) {
  find_next();
  return next_mapper.madvise(address, size, advice);
}

int boot_mprotect(void* address, std::size_t size, int protection) {
  find_next();
  return next_mapper.mprotect(address, size, protection);
}
void* boot_sbrk(std::intptr_t by) {
  find_next();
  return next_mapper.sbrk(by);
}
int boot_brk(void* to) {
  find_next();
  return next_mapper.brk(to);
}

}  // namespace

constinit NextMapper next_mapper{boot_mmap,     boot_munmap, boot_mremap, boot_madvise,
                                 boot_mprotect, boot_sbrk,   boot_brk};
SPLITSCOPE_HOT constinit NextAllocator next{
    boot_malloc,   boot_free,           boot_calloc,        boot_realloc,
    boot_memalign, boot_posix_memalign, boot_aligned_alloc, boot_usable_size};

bool is_allocator_code(const void* code) {
  const auto address = reinterpret_cast<std::uintptr_t>(code);
  return address >= allocator_begin && address < allocator_end;
}

void ensure_next() {
  if (!found_all && !looking_up) find_next();
}

SPLITSCOPE_HOT constinit bool size_in_header = false;

std::size_t learn_usable_size(void* block) {
  // Enough for every class of sizes that a program starts with; a wrong guess would have to agree
  // with each of them.
  constexpr int kBlocksToTry = 64;
  static std::atomic<int> agreed{0};
  const std::size_t said = next.usable_size(block);
  if (size_in_header || allocator_begin != allocator_end) return said;
  const int before = agreed.load(std::memory_order_relaxed);
  if (before < 0) return said;
  constexpr std::size_t kFlags = 7;
  constexpr std::size_t kMapped = 2;
  const std::size_t header = static_cast<const std::size_t*>(block)[-1];
  if ((header & kMapped) != 0) return said;
  const bool same = (header & ~kFlags) - sizeof header == said;
  agreed.store(same ? before + 1 : -1, std::memory_order_relaxed);
  if (same && before + 1 == kBlocksToTry) size_in_header = true;
  return said;
}

void check_size_in_header() {
  // The allocator has a library of its own: not glibc.
  if (allocator_begin != allocator_end) return;
  // All below the sizes that glibc maps on their own: freeing such a block would move that limit.
  constexpr std::size_t kSizes[] = {1, 24, 25, 88, 1000, 1033, 5000, 40000};
  bool same = true;
  for (const std::size_t size : kSizes) {
    for (const bool aligned : {false, true}) {
      void* block = aligned ? next.memalign(64, size) : next.malloc(size);
      if (block == nullptr) return;
      const std::size_t said = next.usable_size(block);
      size_in_header = true;
      same = same && usable_size(block) == said;
      size_in_header = false;
      next.free(block);
    }
  }
  size_in_header = same;
}

}  // namespace splitscope::record::shim
