#include "base/libcrypto_memory.h"

#include <openssl/crypto.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/death.h"

namespace splitscope {
namespace {

// Enough for the requests and digests that an orderly end takes; not resident until it is used.
constexpr std::size_t kReserveBytes = std::size_t{1} << 20;
// In front of each piece: its length, and what keeps the next one aligned.
constexpr std::size_t kHeadBytes = alignof(std::max_align_t);

alignas(std::max_align_t) std::array<std::byte, kReserveBytes> g_reserve;
std::atomic<std::size_t> g_used{0};

bool is_of_reserve(const void* memory) noexcept {
  const auto* const place = static_cast<const std::byte*>(memory);
  return place >= g_reserve.data() && place < g_reserve.data() + g_reserve.size();
}

// Pieces are never given back: who needs them is about to end.
void* from_reserve(std::size_t bytes) noexcept {
  if (bytes > kReserveBytes) end_out_of_memory();
  const std::size_t whole = kHeadBytes + (bytes + kHeadBytes - 1) / kHeadBytes * kHeadBytes;
  const std::size_t at = g_used.fetch_add(whole);
  if (at > kReserveBytes || whole > kReserveBytes - at) end_out_of_memory();
  std::memcpy(g_reserve.data() + at, &bytes, sizeof(bytes));
  return g_reserve.data() + at + kHeadBytes;
}

void* allocate(std::size_t bytes, const char* /*file*/, int /*line*/) {
  if (bytes == 0) return nullptr;
  void* const memory = std::malloc(bytes);
  return memory != nullptr ? memory : from_reserve(bytes);
}

void release(void* memory, const char* /*file*/, int /*line*/) {
  if (!is_of_reserve(memory)) std::free(memory);
}

void* reallocate(void* before, std::size_t bytes, const char* file, int line) {
  if (before == nullptr) return allocate(bytes, file, line);
  if (bytes == 0) {
    release(before, file, line);
    return nullptr;
  }
  if (!is_of_reserve(before)) {
    void* const memory = std::realloc(before, bytes);
    if (memory != nullptr) return memory;
    // What was there is of unknown length, and cannot be carried over.
    end_out_of_memory();
  }
  std::size_t length = 0;
  std::memcpy(&length, static_cast<std::byte*>(before) - kHeadBytes, sizeof(length));
  void* const memory = allocate(bytes, file, line);
  std::memcpy(memory, before, length < bytes ? length : bytes);
  return memory;
}

}  // namespace

void give_libcrypto_a_reserve() noexcept {
  // Refused once something was allocated: then things are as they were without it.
  (void)CRYPTO_set_mem_functions(allocate, reallocate, release);
}

}  // namespace splitscope
