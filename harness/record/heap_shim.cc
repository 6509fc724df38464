// malloc and its relatives, counted and passed on to the next allocator.
#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "harness/record/heap_counters.h"
#include "harness/record/heap_next.h"

#define SPLITSCOPE_EXPORT extern "C" __attribute__((visibility("default")))

using namespace splitscope::record::shim;

namespace {

// What is not there cannot count in a window; a process under a limit is told by it.
void count_failure(std::uint8_t where) {
  if ((where & kInSlots) != 0) slot_failed();
}

void* counted(void* block, std::size_t requested) {
  if (const auto where = counting()) {
    if (block != nullptr) {
      count_allocation(where, block, requested);
    } else if (requested != 0) {
      count_failure(where);
    }
  }
  return block;
}

// One for each place to count in, so that neither keeps registers for the other.
template <std::uint8_t kWhere>
[[gnu::noinline]] void* counted_malloc(std::size_t size) {
  void* const block = next.malloc(size);
  if (__builtin_expect(block != nullptr, 1)) {
    count_allocation(kWhere, block, size);
  } else {
    count_failure(kWhere);
  }
  return block;
}

template <std::uint8_t kWhere>
[[gnu::noinline]] void counted_free(void* block) {
  count_free(kWhere, block);
  next.free(block);
}

constexpr std::uint8_t kInBoth = kInWindow | kInSlots;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

void* move_out_of_boot_memory(void* block, std::size_t size) {
  void* fresh = counted(next.malloc(size), size);
  // The old size is unknown, but what follows a boot block is readable boot memory up to its end.
  if (fresh != nullptr) {
    for (std::size_t i = 0; i < size && is_boot_block(static_cast<char*>(block) + i); ++i) {
      static_cast<char*>(fresh)[i] = static_cast<char*>(block)[i];
    }
  }
  return fresh;
}

void* resize(std::uint8_t where, void* block, std::size_t size) {
  const std::size_t old_size = usable_size(block);
  if (old_size > size) {
    if ((where & kInSlots) != 0) slot_before_shrink(old_size - size);
    if ((where & kInWindow) != 0) announce_heap_release(live(), old_size - size);
  }
  void* resized = next.realloc(block, size);
  if (resized != nullptr) {
    count_resize(where, old_size, resized, size);
  } else {
    count_failure(where);
  }
  return resized;
}

}  // namespace

SPLITSCOPE_EXPORT void* malloc(std::size_t size) noexcept {
  // Tail calls: the idle shim is one jump, and nobody keeps a frame.
  const auto where = counting();
  if (where == 0) return next.malloc(size);
  if (where == kInWindow) return counted_malloc<kInWindow>(size);
  return where == kInSlots ? counted_malloc<kInSlots>(size) : counted_malloc<kInBoth>(size);
}

SPLITSCOPE_EXPORT void free(void* block) noexcept {
  if (block == nullptr || is_boot_block(block)) return;
  const auto where = counting();
  if (where == 0) return next.free(block);
  if (where == kInWindow) return counted_free<kInWindow>(block);
  return where == kInSlots ? counted_free<kInSlots>(block) : counted_free<kInBoth>(block);
}

// C23; the sizes are hints that none of the allocators needs.
SPLITSCOPE_EXPORT void free_sized(void* block, std::size_t /*size*/) { free(block); }
SPLITSCOPE_EXPORT void free_aligned_sized(void* block, std::size_t /*alignment*/,
                                          std::size_t /*size*/) {
  free(block);
}

SPLITSCOPE_EXPORT void* calloc(std::size_t count, std::size_t size) noexcept {
  // A block means that the product did not overflow.
  const std::size_t product = count * size;
  return counted(next.calloc(count, size), product);
}

SPLITSCOPE_EXPORT void* realloc(void* block, std::size_t size) noexcept {
  if (block == nullptr) return counted(next.realloc(nullptr, size), size);
  if (is_boot_block(block)) return move_out_of_boot_memory(block, size);
  const auto where = counting();
  if (where == 0) return next.realloc(block, size);
  if (size == 0) {
    // Frees the block and may or may not hand out a new one, as each allocator has it.
    count_free(where, block);
    return counted(next.realloc(block, 0), 0);
  }
  return resize(where, block, size);
}

SPLITSCOPE_EXPORT void* reallocarray(void* block, std::size_t count, std::size_t size) noexcept {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return realloc(block, bytes);
}

SPLITSCOPE_EXPORT void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return counted(next.memalign(alignment, size), size);
}

SPLITSCOPE_EXPORT int posix_memalign(void** block, std::size_t alignment,
                                     std::size_t size) noexcept {
  const int error = next.posix_memalign(block, alignment, size);
  if (error == 0 || error == ENOMEM) counted(error == 0 ? *block : nullptr, size);
  return error;
}

SPLITSCOPE_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return counted(next.aligned_alloc(alignment, size), size);
}

SPLITSCOPE_EXPORT void* valloc(std::size_t size) noexcept { return memalign(page_bytes(), size); }

SPLITSCOPE_EXPORT void* pvalloc(std::size_t size) noexcept {
  const std::size_t page = page_bytes();
  if (size > SIZE_MAX - page) {
    errno = ENOMEM;
    return nullptr;
  }
  return memalign(page, (size + page - 1) / page * page);
}

SPLITSCOPE_EXPORT std::size_t malloc_usable_size(void* block) noexcept {
  return is_boot_block(block) ? 0 : next.usable_size(block);
}
