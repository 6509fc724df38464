// Writes the body of one segment file, counting its offset and CRC, and then tantivy's footer
// (src/directory/footer.rs). Section 2.1 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "strategies/interface/byte_sink.h"

namespace splitscope::formats {

/// Owns the sink. Single-threaded; errors are those of the sink. Small writes are gathered in one
/// buffer, so that the sink and the CRC see large ones.
class ComponentWriter {
 public:
  explicit ComponentWriter(std::unique_ptr<ByteSink> sink);

  void write(std::span<const std::byte> bytes);
  /// Bytes of body so far.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Appends the footer and finishes the sink. Call once, last.
  void finish();

 private:
  void drain();

  static constexpr std::size_t kBufferBytes = 32 * 1024;

  std::unique_ptr<ByteSink> sink_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t used_ = 0;
  std::uint64_t offset_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace splitscope::formats
