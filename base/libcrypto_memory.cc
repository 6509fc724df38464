#include "base/libcrypto_memory.h"

#include <openssl/crypto.h>

#include <cstdlib>

#include "base/death.h"

namespace splitscope {
namespace {

void* allocate(std::size_t bytes, const char* /*file*/, int /*line*/) {
  if (bytes == 0) return nullptr;
  void* const memory = std::malloc(bytes);
  if (memory == nullptr) end_out_of_memory();
  return memory;
}

void* reallocate(void* before, std::size_t bytes, const char* file, int line) {
  if (before == nullptr) return allocate(bytes, file, line);
  if (bytes == 0) {
    std::free(before);
    return nullptr;
  }
  void* const memory = std::realloc(before, bytes);
  if (memory == nullptr) end_out_of_memory();
  return memory;
}

void release(void* memory, const char* /*file*/, int /*line*/) { std::free(memory); }

}  // namespace

void end_when_libcrypto_runs_out_of_memory() noexcept {
  // Refused once something was allocated: then things are as they were without it.
  (void)CRYPTO_set_mem_functions(allocate, reallocate, release);
}

}  // namespace splitscope
