#include "harness/record/allocator_recorder.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <malloc.h>

#include <algorithm>

namespace splitscope::record {
namespace {

// As in jemalloc/jemalloc.h and gperftools/malloc_extension_c.h, found at run time.
using Mallctl = int (*)(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                        std::size_t new_size);
using NumericProperty = int (*)(const char* property, std::size_t* value);
using TcmallocVersion = const char* (*)(int* major, int* minor, const char** patch);

template <typename Function>
Function find(const char* name) noexcept {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

std::optional<std::uint64_t> from_jemalloc(const char* name) noexcept {
  std::size_t value = 0;
  std::size_t size = sizeof value;
  const auto mallctl = find<Mallctl>("mallctl");
  if (mallctl(name, &value, &size, nullptr, 0) != 0) return std::nullopt;
  return value;
}

// jemalloc's statistics are those of the latest epoch.
void refresh_jemalloc() noexcept {
  std::uint64_t epoch = 1;
  std::size_t size = sizeof epoch;
  find<Mallctl>("mallctl")("epoch", &epoch, &size, &epoch, size);
}

std::optional<std::uint64_t> from_tcmalloc(const char* name) noexcept {
  std::size_t value = 0;
  const auto property = find<NumericProperty>("MallocExtension_GetNumericProperty");
  if (property(name, &value) == 0) return std::nullopt;
  return value;
}

}  // namespace

AllocatorKind allocator_kind() noexcept {
  if (find<Mallctl>("mallctl") != nullptr) return AllocatorKind::jemalloc;
  if (find<NumericProperty>("MallocExtension_GetNumericProperty") != nullptr) {
    return AllocatorKind::tcmalloc;
  }
  return AllocatorKind::system;
}

std::string allocator_version() {
  switch (allocator_kind()) {
    case AllocatorKind::jemalloc: {
      const char* version = "";
      // The value is the pointer itself, not the text.
      std::size_t size = sizeof(const char**);
      find<Mallctl>("mallctl")("version", &version, &size, nullptr, 0);
      return std::string("jemalloc ") + version;
    }
    case AllocatorKind::tcmalloc: {
      const auto version = find<TcmallocVersion>("tc_version");
      if (version == nullptr) return "tcmalloc";
      return std::string("tcmalloc ") + version(nullptr, nullptr, nullptr);
    }
    case AllocatorKind::system:
      break;
  }
  return std::string("glibc ") + gnu_get_libc_version();
}

void AllocatorRecorder::start() { kind_ = allocator_kind(); }

void AllocatorRecorder::read() noexcept {
  switch (kind_) {
    case AllocatorKind::jemalloc:
      refresh_jemalloc();
      resident_bytes_ = from_jemalloc("stats.resident");
      allocated_bytes_ = from_jemalloc("stats.allocated");
      retained_bytes_ = from_jemalloc("stats.retained");
      break;
    case AllocatorKind::tcmalloc: {
      const auto heap = from_tcmalloc("generic.heap_size");
      allocated_bytes_ = from_tcmalloc("generic.current_allocated_bytes");
      retained_bytes_ = from_tcmalloc("tcmalloc.pageheap_unmapped_bytes");
      if (heap && retained_bytes_) resident_bytes_ = *heap - std::min(*heap, *retained_bytes_);
      break;
    }
    case AllocatorKind::system: {
      const struct mallinfo2 info = mallinfo2();
      allocated_bytes_ = info.uordblks + info.hblkhd;
      break;
    }
  }
}

Measures AllocatorRecorder::build() const {
  const char* why = kind_ == AllocatorKind::system
                        ? "glibc's allocator does not know which of its pages are resident or kept"
                        : "the allocator was built without statistics";
  const auto put = [why](const char* key, std::optional<std::uint64_t> value) {
    return value ? Measure::of(key, *value) : Measure::absent(key, why);
  };
  return {put("allocator_resident_bytes", resident_bytes_),
          put("allocator_allocated_bytes", allocated_bytes_),
          put("allocator_retained_bytes", retained_bytes_)};
}

}  // namespace splitscope::record
