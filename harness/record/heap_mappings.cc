#include "harness/record/heap_mappings.h"

#include <linux/magic.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>

#include "harness/record/heap_counters.h"
#include "harness/record/heap_next.h"
#include "harness/record/heap_release.h"

#define SPLITSCOPE_EXPORT extern "C" __attribute__((visibility("default")))

namespace splitscope::record::shim {
namespace {

// As many as the kernel allows a process (vm.max_map_count, 65530 unless raised).
constexpr std::size_t kMaxRanges = 65536;
// All zero, and so not resident before it is used.
constinit MappedRange ranges[kMaxRanges]{};
constinit MappingTable table(ranges, kMaxRanges);
std::atomic_flag table_lock = ATOMIC_FLAG_INIT;

// Bytes above the first break that the program moved it by itself.
std::uint64_t program_break_bytes = 0;

// Written under the lock, read without.
std::atomic<std::int64_t> live_anon{0};
std::atomic<std::int64_t> live_file{0};
std::atomic<std::int64_t> live_shared{0};
LiveMappings peak{};
MappedBytes at_open;

struct TableLock {
  TableLock() { lock_mappings(); }
  ~TableLock() { unlock_mappings(); }
};

MappedBytes mapped_now() {
  MappedBytes now = table.total();
  now.anon += program_break_bytes;
  return now;
}

// Signed: a window may unmap more than it maps.
LiveMappings since(const MappedBytes& start, const MappedBytes& now) {
  return {static_cast<std::int64_t>(now.anon - start.anon),
          static_cast<std::int64_t>(now.file - start.file),
          static_cast<std::int64_t>(now.shared - start.shared)};
}

void set_level(HeapLevel& level, std::uint64_t bytes) {
  const auto live = static_cast<std::int64_t>(bytes);
  level.live.store(live, std::memory_order_relaxed);
  if (live > level.peak.load(std::memory_order_relaxed)) {
    level.peak.store(live, std::memory_order_relaxed);
  }
}

void update_live(HeapSlotMemory* slot_memory) {
  const MappedBytes now = mapped_now();
  const LiveMappings window = since(at_open, now);
  live_anon.store(window.anon, std::memory_order_relaxed);
  live_file.store(window.file, std::memory_order_relaxed);
  live_shared.store(window.shared, std::memory_order_relaxed);
  if (window.anon > peak.anon) peak.anon = window.anon;
  if (window.file > peak.file) peak.file = window.file;
  if (window.shared > peak.shared) peak.shared = window.shared;
  if (slot_memory == nullptr) return;
  set_level(slot_memory->mapped_anon, now.anon);
  set_level(slot_memory->mapped_file, now.file);
  set_level(slot_memory->mapped_shared, now.shared);
}

// Asked for outside the lock: claiming one takes it.
HeapSlotMemory* slot_if_counted() { return counts_in_slots() ? &slot() : nullptr; }

std::uintptr_t end_of(const void* address, std::size_t size) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(address);
  return (begin + size + page - 1) & ~(page - 1);
}

void enter(void* address, std::size_t size, MappingKind kind, RangeState state) {
  HeapSlotMemory* const mine = slot_if_counted();
  const TableLock lock;
  table.add(reinterpret_cast<std::uintptr_t>(address), end_of(address, size), kind, state);
  update_live(mine);
}

void forget(void* address, std::size_t size) {
  HeapSlotMemory* const mine = slot_if_counted();
  const TableLock lock;
  table.remove(reinterpret_cast<std::uintptr_t>(address), end_of(address, size));
  update_live(mine);
}

struct Mapped {
  MappingKind kind;
  RangeState state;
};

// Memory that the program did not map itself (the heap, a stack) is anonymous.
Mapped mapped_at(const void* address) {
  const TableLock lock;
  const MappedRange* range = table.find(reinterpret_cast<std::uintptr_t>(address));
  return range != nullptr ? Mapped{range->kind, range->state}
                          : Mapped{MappingKind::anon, RangeState::counted};
}
MappingKind kind_at(const void* address) { return mapped_at(address).kind; }

// The kernel books pages of a memfd, of POSIX shared memory and of any file on a tmpfs as shared
// memory, however they are mapped.
MappingKind kind_of(int flags, int fd) {
  if ((flags & MAP_ANONYMOUS) != 0) {
    return (flags & MAP_TYPE) == MAP_PRIVATE ? MappingKind::anon : MappingKind::shared;
  }
  struct statfs system {};
  if (fstatfs(fd, &system) == 0 && system.f_type == TMPFS_MAGIC) return MappingKind::shared;
  return MappingKind::file;
}

void* map(void* address, std::size_t size, int protection, int flags, int fd, off_t offset,
          const void* caller) {
  const bool counted = !is_allocator_code(caller);
  if (counted && (flags & MAP_FIXED) != 0) consider_mapping_release(kind_at(address), size);
  void* mapped = next_mapper.mmap(address, size, protection, flags, fd, offset);
  if (counted && mapped != MAP_FAILED) {
    const int saved_errno = errno;
    enter(mapped, size, kind_of(flags, fd),
          protection == PROT_NONE ? RangeState::reserved : RangeState::counted);
    errno = saved_errno;
  }
  return mapped;
}

// The program moved the break from `before` to `after`.
void move_break(const void* before, const void* after) {
  const auto from = reinterpret_cast<std::uintptr_t>(before);
  const auto to = reinterpret_cast<std::uintptr_t>(after);
  HeapSlotMemory* const mine = slot_if_counted();
  const TableLock lock;
  if (to >= from) {
    program_break_bytes += to - from;
  } else {
    const std::uint64_t less = from - to;
    program_break_bytes -= less < program_break_bytes ? less : program_break_bytes;
  }
  update_live(mine);
}

}  // namespace

void lock_mappings() {
  while (table_lock.test_and_set(std::memory_order_acquire)) sched_yield();
}
void unlock_mappings() { table_lock.clear(std::memory_order_release); }

void open_mappings() {
  const TableLock lock;
  at_open = mapped_now();
  peak = {};
  update_live(nullptr);
}

void inherit_mappings() {
  const TableLock lock;
  table.inherit();
  program_break_bytes = 0;
}

LiveMappings live_mappings() {
  return {live_anon.load(std::memory_order_relaxed), live_file.load(std::memory_order_relaxed),
          live_shared.load(std::memory_order_relaxed)};
}

MappingFigures mapping_figures() {
  const TableLock lock;
  const auto not_negative = [](std::int64_t value) {
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
  };
  const LiveMappings live = live_mappings();
  return {{not_negative(live.anon), not_negative(live.file), not_negative(live.shared)},
          {not_negative(peak.anon), not_negative(peak.file), not_negative(peak.shared)}};
}

}  // namespace splitscope::record::shim

using namespace splitscope::record;
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
  const Mapped was = mapped_at(address);
  if (new_size < size) consider_mapping_release(was.kind, size - new_size);
  forget(address, size);
  void* moved = next_mapper.mremap(address, size, new_size, flags, target);
  const int saved_errno = errno;
  if (moved == MAP_FAILED) {
    enter(address, size, was.kind, was.state);
  } else {
    enter(moved, new_size, was.kind, was.state);
  }
  errno = saved_errno;
  return moved;
}

// Memory that is closed again stays counted: its pages stay resident.
SPLITSCOPE_EXPORT int mprotect(void* address, std::size_t size, int protection) noexcept {
  const int error = next_mapper.mprotect(address, size, protection);
  if (error != 0 || protection == PROT_NONE || is_allocator_code(__builtin_return_address(0))) {
    return error;
  }
  HeapSlotMemory* const mine = slot_if_counted();
  const TableLock lock;
  table.open(reinterpret_cast<std::uintptr_t>(address), end_of(address, size));
  update_live(mine);
  return 0;
}

SPLITSCOPE_EXPORT void* sbrk(std::intptr_t by) noexcept {
  if (by == 0 || is_allocator_code(__builtin_return_address(0))) return next_mapper.sbrk(by);
  if (by < 0) consider_mapping_release(MappingKind::anon, static_cast<std::size_t>(-by));
  void* const before = next_mapper.sbrk(by);
  if (before != reinterpret_cast<void*>(-1)) move_break(before, static_cast<char*>(before) + by);
  return before;
}

SPLITSCOPE_EXPORT int brk(void* to) noexcept {
  if (is_allocator_code(__builtin_return_address(0))) return next_mapper.brk(to);
  void* const before = next_mapper.sbrk(0);
  if (to < before) {
    consider_mapping_release(
        MappingKind::anon,
        static_cast<std::size_t>(static_cast<char*>(before) - static_cast<char*>(to)));
  }
  const int error = next_mapper.brk(to);
  if (error == 0) move_break(before, to);
  return error;
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
