// A file opened for pread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "strategies/interface/access_counters.h"

namespace splitscope::strategies {

/// Owns the descriptor of one regular file. Const methods may be called from several threads.
class OpenFile {
 public:
  /// Errors: FileError (missing, no permission, not a regular file).
  explicit OpenFile(const std::filesystem::path& path);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// What the file had when it was opened.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Throws RangeError unless the range lies within size().
  void check(std::uint64_t offset, std::uint64_t length) const;

  /// Fills `target` with the bytes at `offset`; counts system calls and copied bytes.
  /// Errors: FileError, TruncatedFile.
  void read_exact(std::uint64_t offset, std::span<std::byte> target,
                  AccessCounters& counters) const;

  /// For a read that met the end of the file too early.
  [[noreturn]] void throw_truncated(std::uint64_t offset, std::uint64_t expected_bytes,
                                    std::uint64_t found_bytes) const;

 private:
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace splitscope::strategies
