// malloc and its relatives, in front of any allocator: the system's or a preloaded one.
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "tests/faults/inject_plan.h"

namespace {

using namespace splitscope::faults;

// For what the dynamic linker allocates while it looks the real functions up.
alignas(64) std::byte g_boot[16384];
std::size_t g_boot_used = 0;
bool g_looking_up = false;

struct Real {
  void* (*malloc)(std::size_t);
  void (*free)(void*);
  void* (*calloc)(std::size_t, std::size_t);
  void* (*realloc)(void*, std::size_t);
  void* (*memalign)(std::size_t, std::size_t);
  int (*posix_memalign)(void**, std::size_t, std::size_t);
  void* (*aligned_alloc)(std::size_t, std::size_t);
};
Real g_real{};

bool is_boot(const void* block) {
  const auto* byte = static_cast<const std::byte*>(block);
  return byte >= g_boot && byte < g_boot + sizeof g_boot;
}

void* boot(std::size_t size) {
  const std::size_t start = (g_boot_used + 63) / 64 * 64;
  if (size > sizeof g_boot - start) return nullptr;
  g_boot_used = start + size;
  return g_boot + start;
}

template <typename Function>
void look_up(Function& into, const char* name) {
  into = reinterpret_cast<Function>(next_function(name));
}

// False while the lookup itself allocates. The first call comes before there is a second thread.
bool ready() {
  if (g_real.malloc != nullptr) return true;
  if (g_looking_up) return false;
  g_looking_up = true;
  Real found{};
  look_up(found.free, "free");
  look_up(found.calloc, "calloc");
  look_up(found.realloc, "realloc");
  look_up(found.memalign, "memalign");
  look_up(found.posix_memalign, "posix_memalign");
  look_up(found.aligned_alloc, "aligned_alloc");
  look_up(found.malloc, "malloc");
  g_real = found;
  g_looking_up = false;
  return true;
}

bool fails(const char* function) {
  if (decide(Call::kMalloc, function).action != Action::kFail) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

SPLITSCOPE_INTERPOSE("malloc", void*, faults_malloc, std::size_t size) {
  if (!ready()) return boot(size);
  return fails("malloc") ? nullptr : g_real.malloc(size);
}

SPLITSCOPE_INTERPOSE("free", void, faults_free, void* block) {
  if (block == nullptr || is_boot(block) || !ready()) return;
  g_real.free(block);
}

SPLITSCOPE_INTERPOSE("calloc", void*, faults_calloc, std::size_t count, std::size_t size) {
  if (!ready()) return boot(count * size);  // static memory is zero; the linker's counts are small
  return fails("calloc") ? nullptr : g_real.calloc(count, size);
}

SPLITSCOPE_INTERPOSE("realloc", void*, faults_realloc, void* block, std::size_t size) {
  if (!ready()) return boot(size);
  if (size != 0 && fails("realloc")) return nullptr;
  if (!is_boot(block)) return g_real.realloc(block, size);
  auto* fresh = static_cast<std::byte*>(g_real.malloc(size));
  const auto* old = static_cast<const std::byte*>(block);
  for (std::size_t i = 0; fresh != nullptr && i < size && is_boot(old + i); ++i) fresh[i] = old[i];
  return fresh;
}

SPLITSCOPE_INTERPOSE("reallocarray", void*, faults_reallocarray, void* block, std::size_t count,
                     std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return faults_realloc(block, bytes);
}

SPLITSCOPE_INTERPOSE("memalign", void*, faults_memalign, std::size_t alignment, std::size_t size) {
  if (!ready()) return nullptr;
  return fails("memalign") ? nullptr : g_real.memalign(alignment, size);
}

SPLITSCOPE_INTERPOSE("posix_memalign", int, faults_posix_memalign, void** block,
                     std::size_t alignment, std::size_t size) {
  if (!ready() || fails("posix_memalign")) return ENOMEM;
  return g_real.posix_memalign(block, alignment, size);
}

SPLITSCOPE_INTERPOSE("aligned_alloc", void*, faults_aligned_alloc, std::size_t alignment,
                     std::size_t size) {
  if (!ready()) return nullptr;
  return fails("aligned_alloc") ? nullptr : g_real.aligned_alloc(alignment, size);
}
