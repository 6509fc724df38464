#include "harness/run/allocators.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/errors.h"
#include "base/nearest_name.h"
#include "base/own_place.h"
#include "harness/run/process.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

struct Known {
  const char* name;
  const char* package;
  // The full library before the minimal one: only it has MallocExtension's statistics.
  std::array<const char*, 2> libraries;
};

constexpr std::array<Known, 2> kKnown{
    {{"jemalloc", "libjemalloc2", {"libjemalloc.so.2", "libjemalloc.so.1"}},
     {"tcmalloc", "libgoogle-perftools4", {"libtcmalloc.so.4", "libtcmalloc_minimal.so.4"}}}};

const Known* find(const std::string& name) {
  for (const Known& known : kKnown) {
    if (name == known.name) return &known;
  }
  return nullptr;
}

// Debian's multiarch folder first, then the places of other distributions.
std::optional<fs::path> find_library(const char* file) {
#if defined(__x86_64__)
  constexpr const char* kMultiarch = "/usr/lib/x86_64-linux-gnu";
#elif defined(__aarch64__)
  constexpr const char* kMultiarch = "/usr/lib/aarch64-linux-gnu";
#else
  constexpr const char* kMultiarch = "/usr/lib";
#endif
  for (const char* folder : {kMultiarch, "/usr/lib64", "/usr/lib", "/usr/local/lib"}) {
    fs::path path = fs::path(folder) / file;
    if (fs::exists(path)) return path;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<std::string>& allocator_names() {
  static const std::vector<std::string> names{"system", "jemalloc", "tcmalloc"};
  return names;
}

std::optional<fs::path> allocator_library(const std::string& name) {
  const Known* known = find(name);
  if (known == nullptr) return std::nullopt;
  for (const char* file : known->libraries) {
    if (auto path = find_library(file)) return path;
  }
  return std::nullopt;
}

void check_allocator(const std::string& name) {
  if (name == "system") return;
  const Known* known = find(name);
  if (known == nullptr) {
    const std::vector<std::string> names{"system", "jemalloc", "tcmalloc"};
    throw UsageError("allocator '" + name + "' is unknown" + did_you_mean(name, names) +
                     "; there are " + listed(names));
  }
  if (!allocator_library(name)) {
    throw UsageError("allocator '" + name + "' is not installed; it is in the package " +
                     known->package);
  }
}

std::string allocator_version(const std::string& name) {
  if (name == "system") return std::string("glibc ") + gnu_get_libc_version();
  const auto library = allocator_library(name);
  if (!library) return {};
  Command command;
  command.executable = "/proc/self/exe";
  command.arguments = {"splitscope", "allocator-version"};
  command.environment = {"LD_PRELOAD=" + library->string()};
  Process process(command);
  // Results that an interrupted run keeps say it too.
  return process.read_line(std::chrono::steady_clock::now() + std::chrono::seconds(10),
                           WhenDying::kGoOn);
}

int print_allocator_version() {
  using Mallctl = int (*)(const char*, void*, std::size_t*, void*, std::size_t);
  using TcVersion = const char* (*)(int*, int*, const char**);
  if (const auto mallctl = reinterpret_cast<Mallctl>(dlsym(RTLD_DEFAULT, "mallctl"))) {
    const char* version = nullptr;
    std::size_t size = sizeof version;
    if (mallctl("version", static_cast<void*>(&version), &size, nullptr, 0) == 0) {
      std::puts(version);
    }
  } else if (const auto tc = reinterpret_cast<TcVersion>(dlsym(RTLD_DEFAULT, "tc_version"))) {
    std::puts(tc(nullptr, nullptr, nullptr));
  }
  return 0;
}

std::optional<fs::path> heap_shim() {
  if (const auto set = environment::value_of(environment::kHeapShim)) return fs::path(*set);
  return own_file("libsplitscope_heap.so");
}

}  // namespace splitscope::run
