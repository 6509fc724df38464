// operator new and delete on top of the shim's malloc: jemalloc and tcmalloc bring their own, which
// would pass the shim by. Built without exceptions and without the C++ library, so that the shim
// loads into C programs too; only a program that has the library calls these.
#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>
#include <new>

// The library's, where there is one.
namespace std {
__attribute__((weak)) new_handler get_new_handler() noexcept;
}

#define SPLITSCOPE_EXPORT __attribute__((visibility("default")))

namespace {

// Throws bad_alloc: the next operator new does for a size that cannot be had.
[[noreturn]] void throw_bad_alloc() {
  constexpr std::size_t kImpossible = ~std::size_t{0} >> 1;
  using OperatorNew = void* (*)(std::size_t);
  const auto next_new = reinterpret_cast<OperatorNew>(dlsym(RTLD_NEXT, "_Znwm"));
  if (next_new != nullptr) next_new(kImpossible);
  std::abort();
}

template <typename Allocate>
void* allocate_or_throw(Allocate allocate) {
  for (;;) {
    if (void* block = allocate()) return block;
    const std::new_handler handler =
        std::get_new_handler != nullptr ? std::get_new_handler() : nullptr;
    if (handler == nullptr) throw_bad_alloc();
    handler();
  }
}

void* aligned(std::align_val_t alignment, std::size_t size) {
  return memalign(static_cast<std::size_t>(alignment), size);
}

}  // namespace

SPLITSCOPE_EXPORT void* operator new(std::size_t size) {
  return allocate_or_throw([=] { return std::malloc(size); });
}
SPLITSCOPE_EXPORT void* operator new[](std::size_t size) {
  return allocate_or_throw([=] { return std::malloc(size); });
}
SPLITSCOPE_EXPORT void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw([=] { return aligned(alignment, size); });
}
SPLITSCOPE_EXPORT void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw([=] { return aligned(alignment, size); });
}

// Without exceptions a new-handler's throw could not be turned into null, so it is not called.
SPLITSCOPE_EXPORT void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
SPLITSCOPE_EXPORT void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size);
}
SPLITSCOPE_EXPORT void* operator new(std::size_t size, std::align_val_t alignment,
                                     const std::nothrow_t&) noexcept {
  return aligned(alignment, size);
}
SPLITSCOPE_EXPORT void* operator new[](std::size_t size, std::align_val_t alignment,
                                       const std::nothrow_t&) noexcept {
  return aligned(alignment, size);
}

SPLITSCOPE_EXPORT void operator delete(void* block) noexcept { std::free(block); }
SPLITSCOPE_EXPORT void operator delete[](void* block) noexcept { std::free(block); }
SPLITSCOPE_EXPORT void operator delete(void* block, std::size_t) noexcept { std::free(block); }
SPLITSCOPE_EXPORT void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
SPLITSCOPE_EXPORT void operator delete(void* block, const std::nothrow_t&) noexcept {
  std::free(block);
}
SPLITSCOPE_EXPORT void operator delete[](void* block, const std::nothrow_t&) noexcept {
  std::free(block);
}
SPLITSCOPE_EXPORT void operator delete(void* block, std::align_val_t) noexcept { std::free(block); }
SPLITSCOPE_EXPORT void operator delete[](void* block, std::align_val_t) noexcept {
  std::free(block);
}
SPLITSCOPE_EXPORT void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
SPLITSCOPE_EXPORT void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
SPLITSCOPE_EXPORT void operator delete(void* block, std::align_val_t,
                                       const std::nothrow_t&) noexcept {
  std::free(block);
}
SPLITSCOPE_EXPORT void operator delete[](void* block, std::align_val_t,
                                         const std::nothrow_t&) noexcept {
  std::free(block);
}
