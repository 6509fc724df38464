// What a source that reads through a mapping is made of.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string_view>

#include "strategies/interface/byte_source.h"
#include "strategies/io/mapped_file.h"

namespace splitscope::strategies {

/// Leaves read_range() to the strategy, and scan_range() where one window is not what it wants.
class MappedSource : public ByteSource {
 public:
  /// Errors: those of MappedFile. `counters` must outlive the source.
  MappedSource(const std::filesystem::path& path, AccessCounters& counters)
      : ByteSource(counters), file_(MappedFile::open(path)) {}

  /// Copies the bytes at `offset`, which must lie within the file, to `target`, and counts them as
  /// copied.
  void read_into(std::uint64_t offset, std::span<std::byte> target) const {
    if (target.empty()) return;
    std::memcpy(target.data(), file_->data() + offset, target.size());
    counters()->count_copied(target.size());
  }

 protected:
  [[nodiscard]] std::uint64_t file_size() const final { return file_->size(); }
  [[nodiscard]] std::string_view file_name() const final { return file_->name(); }
  [[nodiscard]] MappedFile& file() const noexcept { return *file_; }

 private:
  MappedFile::Pointer file_;
};

}  // namespace splitscope::strategies
