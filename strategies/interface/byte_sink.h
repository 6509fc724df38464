// Writing: one new file, which exists under its name only once it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "strategies/interface/byte_source.h"

namespace splitscope {

/// A file in the making: written under a temporary name in the same folder, renamed by finish(),
/// removed by the destructor when finish() was not reached. Single-threaded. What is public counts;
/// what a strategy implements is protected and does not.
/// Errors: std::system_error that names the file (no permission, disk full).
class ByteSink {
 public:
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  /// Appends `bytes`; they may be changed as soon as it returns.
  void write(std::span<const std::byte> bytes) {
    count(bytes.size());
    append(bytes);
  }

  /// Appends a range of `source`, which any strategy may have opened. Same errors as
  /// ByteSource::scan besides those of write().
  void copy_from(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
    append_range(source, offset, length);
    count(length);
  }

  /// Writes what is buffered and renames to the final name. Call once, last. Does not fsync.
  void finish() { complete(); }

 protected:
  /// Counts nothing: for tests.
  ByteSink() noexcept = default;
  /// `counters` must outlive the sink.
  explicit ByteSink(AccessCounters& counters) noexcept : counters_(&counters) {}

  virtual void append(std::span<const std::byte> bytes) = 0;

  /// Unless this is overridden: appends each window of a scan.
  virtual void append_range(const ByteSource& source, std::uint64_t offset, std::uint64_t length);

  virtual void complete() = 0;

  /// Null for a sink that counts nothing.
  [[nodiscard]] AccessCounters* counters() const noexcept { return counters_; }

 private:
  void count(std::uint64_t bytes) noexcept {
    if (counters_ == nullptr) return;
    counters_->bytes_written.fetch_add(bytes, std::memory_order_relaxed);
  }

  AccessCounters* counters_ = nullptr;
};

}  // namespace splitscope
