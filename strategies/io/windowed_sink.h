// The sink of strategies that model reading only: a file behind one buffer.
#pragma once

#include <filesystem>
#include <span>
#include <utility>

#include "base/file_output.h"
#include "strategies/interface/access_counters.h"
#include "strategies/interface/byte_sink.h"

namespace splitscope::strategies {

/// `Buffer` owns the memory that `window` lies in, and may be moved without moving that memory.
/// Errors: FileError.
template <typename Buffer>
class WindowedSink final : public ByteSink {
 public:
  WindowedSink(const std::filesystem::path& path, Buffer buffer, std::span<std::byte> window,
               AccessCounters& counters)
      : ByteSink(counters), buffer_(std::move(buffer)), output_(path, window) {}

 private:
  void append(std::span<const std::byte> bytes) override { output_.append(bytes); }
  void complete() override { output_.commit(); }

  Buffer buffer_;
  WindowedOutput output_;
};

}  // namespace splitscope::strategies
