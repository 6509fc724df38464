// What a test needs to know of the way it was built.
#pragma once

#include <cstdio>

namespace splitscope::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// Whether measured children count their heap. In a program with a sanitizer they do not, which a
/// line "SKIPPED: ..." on stdout says; scripts/test counts those.
inline bool heap_is_counted() {
  if (kSanitized) {
    std::printf("SKIPPED: the heap shim cannot run in front of a sanitizer's allocator\n");
  }
  return !kSanitized;
}

}  // namespace splitscope::test
