// Which call of the process under test fails, and how. Read from the environment once.
#pragma once

#include <cstddef>
#include <type_traits>

namespace splitscope::faults {

/// The kinds of call that are counted, each by itself. The order is that of the note and of
/// injector.py.
enum class Call : unsigned {
  kOpen,
  kRead,
  kPread,
  kWrite,
  kMmap,
  kRename,
  kMkdir,
  kUnlink,
  kCopyFileRange,
  kFsync,
  kFtruncate,
  kClose,
  kSend,
  kRecv,
  kMalloc,
  kCalls
};

enum class Action { kPass, kFail, kShorten };

struct Decision {
  Action action = Action::kPass;
  /// For kFail.
  int error = 0;
};

/// Counts a call and says what becomes of it; pauses in it if that is the plan. `function` is the
/// name of the C library's function, `path` the file it is about or null. Any thread; allocates
/// nothing, calls nothing that is interposed.
[[nodiscard]] Decision decide(Call call, const char* function, const char* path = nullptr) noexcept;

/// Whether renameat2 is to say that the file system cannot exchange two names, as some cannot.
[[nodiscard]] bool lacks_exchange() noexcept;

/// From now on calls count under a plan that begins with main.
void main_begins() noexcept;

/// The next definition of `name` behind this library; ends the process when there is none.
[[nodiscard]] void* next_function(const char* name) noexcept;

/// True when `code` belongs to an allocator that is a library of its own (jemalloc, tcmalloc): what
/// it maps is not a mapping of the program's.
[[nodiscard]] bool is_allocator_code(const void* code) noexcept;

/// Half, at least one: what a short read or write gets.
[[nodiscard]] constexpr std::size_t shortened(std::size_t count) {
  return count > 1 ? count / 2 : count;
}

}  // namespace splitscope::faults

/// Defines the library's own version of a function of the C library. The name is given to the
/// linker only, so that declarations of the system's headers (noexcept, variadic) are not in the
/// way.
#define SPLITSCOPE_INTERPOSE(symbol, result, name, ...)                                       \
  extern "C" __attribute__((visibility("default"))) result name(__VA_ARGS__) __asm__(symbol); \
  extern "C" __attribute__((visibility("default"))) result name(__VA_ARGS__)

/// A pointer to the real function, looked up at its first use.
#define SPLITSCOPE_REAL(type, symbol)               \
  static std::type_identity_t<type> real = nullptr; \
  if (real == nullptr)                              \
  real = reinterpret_cast<std::type_identity_t<type>>(splitscope::faults::next_function(symbol))
