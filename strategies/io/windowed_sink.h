// The sink of strategies that model reading only: a file behind one buffer.
#pragma once

#include <filesystem>
#include <span>
#include <utility>

#include "base/file_output.h"
#include "strategies/interface/access_counters.h"
#include "strategies/interface/byte_sink.h"
#include "strategies/io/copy_windows.h"

namespace splitscope::strategies {

/// `Buffer` owns the memory that `window` lies in, and may be moved without moving that memory.
/// Errors: FileError.
template <typename Buffer>
class WindowedSink final : public ByteSink {
 public:
  WindowedSink(const std::filesystem::path& path, Buffer buffer, std::span<std::byte> window,
               AccessCounters& counters)
      : counters_(counters), buffer_(std::move(buffer)), output_(path, window) {}

  void write(std::span<const std::byte> bytes) override {
    counters_.bytes_written.fetch_add(bytes.size(), std::memory_order_relaxed);
    output_.append(bytes);
  }
  void copy_from(const ByteSource& source, std::uint64_t offset, std::uint64_t length) override {
    copy_windows(source, offset, length, [this](auto window) { write(window); });
  }
  void finish() override { output_.commit(); }

 private:
  AccessCounters& counters_;
  Buffer buffer_;
  WindowedOutput output_;
};

}  // namespace splitscope::strategies
