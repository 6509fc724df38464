// What a source that reads through a descriptor is made of.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "strategies/interface/byte_source.h"
#include "strategies/io/open_file.h"

namespace splitscope::strategies {

/// Leaves read_range() to the strategy, and scan_range() where one window is not what it wants. A
/// sink may look for it (dynamic_cast): the kernel can move its bytes by itself.
class FileSource : public ByteSource {
 public:
  /// Errors: those of OpenFile. `counters` must outlive the source.
  FileSource(const std::filesystem::path& path, AccessCounters& counters)
      : ByteSource(counters), file_(path) {}

  [[nodiscard]] const OpenFile& file() const noexcept { return file_; }

  /// Fills `target` with the bytes at `offset`, which must lie within the file; counts system calls
  /// and copied bytes. Errors: FileError, TruncatedFile.
  void read_into(std::uint64_t offset, std::span<std::byte> target) const {
    file_.read_exact(offset, target, *counters());
  }

 protected:
  [[nodiscard]] std::uint64_t file_size() const final { return file_.size(); }
  [[nodiscard]] std::string_view file_name() const final { return file_.name(); }

 private:
  OpenFile file_;
};

}  // namespace splitscope::strategies
