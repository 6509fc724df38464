#include "harness/record/heap_early.h"

#include "harness/record/heap_next.h"

namespace splitscope::record::shim {
namespace {

// The C++ library takes two; those that find no place stay empty.
constexpr std::size_t kMostBlocks = 64;

void* blocks[kMostBlocks];
std::size_t (*later)(void*) = nullptr;

// Asked once when a block comes and once when it goes.
std::size_t early_usable_size(void* block) {
  const std::size_t said = later(block);
  if (said != 0 || block == nullptr) return said;
  void** free_place = nullptr;
  for (void*& place : blocks) {
    if (place == block) {
      place = nullptr;
      return 0;
    }
    if (place == nullptr && free_place == nullptr) free_place = &place;
  }
  if (free_place != nullptr) *free_place = block;
  return 0;
}

}  // namespace

void begin_early_blocks(void* block) {
  if (next.usable_size(block) != 0) return;
  later = next.usable_size;
  next.usable_size = early_usable_size;
}

std::size_t end_early_blocks() {
  if (later == nullptr) return 0;
  next.usable_size = later;
  later = nullptr;
  std::size_t bytes = 0;
  for (void* block : blocks) {
    if (block != nullptr) bytes += next.usable_size(block);
  }
  return bytes;
}

}  // namespace splitscope::record::shim
