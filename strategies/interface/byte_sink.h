// Writing: one new file, which exists under its name only once it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "strategies/interface/byte_source.h"

namespace splitscope {

/// A file in the making: written under a temporary name in the same folder, renamed by finish(),
/// removed by the destructor when finish() was not reached. Single-threaded.
/// Errors: std::system_error that names the file (no permission, disk full).
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  /// Appends `bytes`; they may be changed as soon as it returns.
  virtual void write(std::span<const std::byte> bytes) = 0;

  /// Appends a range of `source`, which any strategy may have opened. Same errors as
  /// ByteSource::scan besides those of write().
  virtual void copy_from(const ByteSource& source, std::uint64_t offset, std::uint64_t length) = 0;

  /// Writes what is buffered and renames to the final name. Call once, last. Does not fsync.
  virtual void finish() = 0;
};

}  // namespace splitscope
