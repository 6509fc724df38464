#include "workloads/library.h"

#include <dlfcn.h>

#include <string>

#include "base/errors.h"

namespace splitscope::workloads {

std::unique_ptr<Workload> make_from_library(const WorkloadSpec& spec) {
  using Make = Workload* (*)(const WorkloadSpec&);
  if (spec.library.empty()) {
    throw UsageError(
        "a library of splitscope's own is missing beside the program; install it again");
  }
  void* const library = dlopen(spec.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* const make = library == nullptr ? nullptr : dlsym(library, "splitscope_make_workload");
  if (make == nullptr) {
    // The loader may have failed on any of the libraries that ours needs, also for want of memory.
    const char* const reason = dlerror();
    throw UsageError("cannot load the library " + spec.library.string() + ": " +
                     (reason != nullptr ? reason : "the loader gives no reason"));
  }
  return std::unique_ptr<Workload>(reinterpret_cast<Make>(make)(spec));
}

}  // namespace splitscope::workloads
