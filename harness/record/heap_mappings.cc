#include "harness/record/heap_mappings.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>

#include "harness/record/heap_next.h"
#include "harness/record/heap_release.h"

#define SPLITSCOPE_EXPORT extern "C" __attribute__((visibility("default")))

namespace splitscope::record::shim {
namespace {

// As many as the kernel allows a process (vm.max_map_count, 65530 unless raised).
constexpr std::size_t kMaxRanges = 65536;
MappedRange ranges[kMaxRanges];
constinit MappingTable table(ranges, kMaxRanges);
std::atomic_flag table_lock = ATOMIC_FLAG_INIT;

// Written under the lock, read without.
std::atomic<std::int64_t> live_anon{0};
std::atomic<std::int64_t> live_file{0};
std::int64_t peak_anon = 0;
std::int64_t peak_file = 0;
MappedBytes at_open;

struct TableLock {
  TableLock() { lock_mappings(); }
  ~TableLock() { unlock_mappings(); }
};

void update_live() {
  const MappedBytes& total = table.total();
  const auto anon = static_cast<std::int64_t>(total.anon - at_open.anon);
  const auto file = static_cast<std::int64_t>(total.file - at_open.file);
  live_anon.store(anon, std::memory_order_relaxed);
  live_file.store(file, std::memory_order_relaxed);
  if (anon > peak_anon) peak_anon = anon;
  if (file > peak_file) peak_file = file;
}

std::uintptr_t end_of(const void* address, std::size_t size) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  return (begin + size + page - 1) & ~(page - 1);
}

void enter(void* address, std::size_t size, MappingKind kind) {
  const TableLock lock;
  table.add(reinterpret_cast<std::uintptr_t>(address), end_of(address, size), kind);
  update_live();
}

void forget(void* address, std::size_t size) {
  const TableLock lock;
  table.remove(reinterpret_cast<std::uintptr_t>(address), end_of(address, size));
  update_live();
}

// Memory that the program did not map itself (the heap, a stack) is anonymous.
MappingKind kind_at(const void* address) {
  const TableLock lock;
  const MappedRange* range = table.find(reinterpret_cast<std::uintptr_t>(address));
  return range != nullptr ? range->kind : MappingKind::anon;
}

void* map(void* address, std::size_t size, int protection, int flags, int fd, off_t offset,
          const void* caller) {
  const bool counted = !is_allocator_code(caller);
  if (counted && (flags & MAP_FIXED) != 0) consider_mapping_release(kind_at(address), size);
  void* mapped = next_mapper.mmap(address, size, protection, flags, fd, offset);
  if (counted && mapped != MAP_FAILED) {
    const int saved_errno = errno;
    enter(mapped, size, (flags & MAP_ANONYMOUS) != 0 ? MappingKind::anon : MappingKind::file);
    errno = saved_errno;
  }
  return mapped;
}

}  // namespace

void lock_mappings() {
  while (table_lock.test_and_set(std::memory_order_acquire)) sched_yield();
}
void unlock_mappings() { table_lock.clear(std::memory_order_release); }

void open_mappings() {
  const TableLock lock;
  at_open = table.total();
  peak_anon = 0;
  peak_file = 0;
  update_live();
}

LiveMappings live_mappings() {
  return {live_anon.load(std::memory_order_relaxed), live_file.load(std::memory_order_relaxed)};
}

MappingFigures mapping_figures() {
  const TableLock lock;
  const auto not_negative = [](std::int64_t value) {
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
  };
  const LiveMappings live = live_mappings();
  return {{not_negative(live.anon), not_negative(live.file)},
          {not_negative(peak_anon), not_negative(peak_file)}};
}

}  // namespace splitscope::record::shim

using namespace splitscope::record::shim;

SPLITSCOPE_EXPORT void* mmap(void* address, std::size_t size, int protection, int flags, int fd,
                             off_t offset) noexcept {
  return map(address, size, protection, flags, fd, offset, __builtin_return_address(0));
}

// The same function on 64-bit systems.
SPLITSCOPE_EXPORT void* mmap64(void* address, std::size_t size, int protection, int flags, int fd,
                               off64_t offset) noexcept {
  static_assert(sizeof(off_t) == sizeof(off64_t), "the shim is for 64-bit systems");
  return map(address, size, protection, flags, fd, offset, __builtin_return_address(0));
}

// Taken off the table first: once it is unmapped another thread may map there and enter it.
SPLITSCOPE_EXPORT int munmap(void* address, std::size_t size) noexcept {
  if (is_allocator_code(__builtin_return_address(0))) return next_mapper.munmap(address, size);
  consider_mapping_release(kind_at(address), size);
  forget(address, size);
  return next_mapper.munmap(address, size);
}

SPLITSCOPE_EXPORT void* mremap(void* address, std::size_t size, std::size_t new_size, int flags,
                               ...) noexcept {
  void* target = nullptr;
  if ((flags & MREMAP_FIXED) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    target = va_arg(arguments, void*);
    va_end(arguments);
  }
  if (is_allocator_code(__builtin_return_address(0))) {
    return next_mapper.mremap(address, size, new_size, flags, target);
  }
  const MappingKind kind = kind_at(address);
  if (new_size < size) consider_mapping_release(kind, size - new_size);
  forget(address, size);
  void* moved = next_mapper.mremap(address, size, new_size, flags, target);
  const int saved_errno = errno;
  if (moved == MAP_FAILED) {
    enter(address, size, kind);
  } else {
    enter(moved, new_size, kind);
  }
  errno = saved_errno;
  return moved;
}

// Drops pages without unmapping them, so only the resident set changes.
SPLITSCOPE_EXPORT int madvise(void* address, std::size_t size, int advice) noexcept {
  const bool drops = advice == MADV_DONTNEED || advice == MADV_FREE || advice == MADV_REMOVE ||
                     advice == MADV_PAGEOUT;
  if (drops && !is_allocator_code(__builtin_return_address(0))) {
    consider_mapping_release(kind_at(address), size);
  }
  return next_mapper.madvise(address, size, advice);
}
