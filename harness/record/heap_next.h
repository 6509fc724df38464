// The allocator behind the shim: the next one in the order of symbol lookup.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace splitscope::record::shim {

/// Until the first call these point to functions that look the real ones up; then to the real ones.
struct NextAllocator {
  void* (*malloc)(std::size_t);
  void (*free)(void*);
  void* (*calloc)(std::size_t, std::size_t);
  void* (*realloc)(void*, std::size_t);
  void* (*memalign)(std::size_t, std::size_t);
  int (*posix_memalign)(void**, std::size_t, std::size_t);
  void* (*aligned_alloc)(std::size_t, std::size_t);
  std::size_t (*usable_size)(void*);
};
extern NextAllocator next;

/// Whether the word before a block holds its size, as in glibc: its malloc_usable_size also reads
/// the word behind the block, a cache miss that costs more than all counting together. Set by
/// check_size_in_header() after trying it on real blocks.
extern bool size_in_header;
void check_size_in_header();

/// The same without touching the allocator: as long as it is not known, each block that a program
/// got itself is held against both.
std::size_t learn_usable_size(void* block);

/// What the allocator handed out for a live block, exactly as its malloc_usable_size says.
inline std::size_t usable_size(void* block) {
  // glibc's low bits: 2 says mapped on its own, 1 and 4 are about the neighbour and the arena.
  constexpr std::size_t kMapped = 2;
  constexpr std::size_t kFlags = 7;
  if (size_in_header) {
    const std::size_t header = static_cast<const std::size_t*>(block)[-1];
    if ((header & kMapped) == 0) return (header & ~kFlags) - sizeof header;
  }
  return learn_usable_size(block);
}

/// The same for mappings: the C library's functions, or tcmalloc's, which has its own.
struct NextMapper {
  void* (*mmap)(void*, std::size_t, int, int, int, off_t);
  int (*munmap)(void*, std::size_t);
  void* (*mremap)(void*, std::size_t, std::size_t, int, ...);
  int (*madvise)(void*, std::size_t, int);
  int (*mprotect)(void*, std::size_t, int);
  void* (*sbrk)(std::intptr_t);
  int (*brk)(void*);
};
extern NextMapper next_mapper;

/// Looks all of it up unless that was done.
void ensure_next();

/// Whether `code` lies in the allocator's own library: its calls of mmap are not the program's.
bool is_allocator_code(const void* code);

/// dlsym asks for a few hundred bytes at most; lookups that fail format a message.
inline constexpr std::size_t kBootBytes = 16384;
extern std::byte boot_memory[kBootBytes];

/// Whether `block` was handed out before the allocator was found (dlsym may allocate). Such blocks
/// are never counted and never given back.
inline bool is_boot_block(const void* block) {
  return reinterpret_cast<std::uintptr_t>(block) -
             reinterpret_cast<std::uintptr_t>(static_cast<const std::byte*>(boot_memory)) <
         kBootBytes;
}

}  // namespace splitscope::record::shim
