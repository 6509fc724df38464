// What the allocator says of itself at window close.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/record/recorder_set.h"

namespace splitscope::record {

/// Which allocator serves this process, as far as its own interface shows it.
enum class AllocatorKind { system, jemalloc, tcmalloc };
[[nodiscard]] AllocatorKind allocator_kind() noexcept;
/// "jemalloc 5.3.0-...", "tcmalloc", "glibc 2.36".
[[nodiscard]] std::string allocator_version();

/// jemalloc: stats.resident, stats.allocated, stats.retained. tcmalloc: heap size less what it gave
/// back, current_allocated_bytes, pageheap_unmapped_bytes (address space that it keeps without
/// pages, as jemalloc's retained). glibc: allocated only, from mallinfo2. The interfaces are looked
/// up at run time; there is no link dependency on either allocator.
class AllocatorRecorder : public WindowRecorder {
 public:
  void start() override;
  void read() noexcept override;
  [[nodiscard]] Measures build() const override;

 private:
  AllocatorKind kind_ = AllocatorKind::system;
  std::optional<std::uint64_t> resident_bytes_, allocated_bytes_, retained_bytes_;
};

}  // namespace splitscope::record
