// The functions of heap_api.h, found in the running process. Header only: a user's own benchmarks
// and tests include it too, through the installed package.
#pragma once

#include <dlfcn.h>

#include "harness/record/heap_api.h"

namespace splitscope::record {

/// The functions of the shim in this process; all null where it is not preloaded.
struct HeapShim {
  decltype(&splitscope_heap_version) version = nullptr;
  decltype(&splitscope_heap_publish) publish = nullptr;
  decltype(&splitscope_heap_on_release) on_release = nullptr;
  decltype(&splitscope_heap_open) open = nullptr;
  decltype(&splitscope_heap_close) close = nullptr;
  decltype(&splitscope_heap_mark_phase) mark_phase = nullptr;

  /// Looks the functions up among all loaded objects.
  [[nodiscard]] static HeapShim find() noexcept {
    HeapShim shim;
    look_up(shim.version, "splitscope_heap_version");
    look_up(shim.publish, "splitscope_heap_publish");
    look_up(shim.on_release, "splitscope_heap_on_release");
    look_up(shim.open, "splitscope_heap_open");
    look_up(shim.close, "splitscope_heap_close");
    look_up(shim.mark_phase, "splitscope_heap_mark_phase");
    return shim;
  }

  /// Null, or why the shim cannot be used: not preloaded, or of another version.
  [[nodiscard]] const char* unusable_because() const noexcept {
    if (version == nullptr) return "the heap shim is not preloaded";
    if (version() != kHeapApiVersion || publish == nullptr || on_release == nullptr ||
        open == nullptr || close == nullptr || mark_phase == nullptr) {
      return "the preloaded heap shim is of another version than this program";
    }
    return nullptr;
  }

 private:
  template <typename Function>
  static void look_up(Function& into, const char* name) noexcept {
    into = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  }
};

}  // namespace splitscope::record
