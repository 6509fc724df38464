// How the blocks of a dictionary lie in its file: as they are, or as zstd frames.
// Format: tantivy sstable/src/delta.rs (DeltaWriter::flush_block); section 3.1a of
// docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/codec/zstd_context.h"

namespace splitscope::formats {

/// Every reader takes both.
enum class DictionaryBlocks : std::uint8_t {
  /// The same bytes on every machine.
  kStored,
  /// What tantivy writes with its feature columnar-zstd-compression: blocks above 2048 bytes that
  /// become smaller by it are compressed at level 3. The bytes depend on libzstd's version.
  kZstd,
};

/// Writes blocks. Memory when compressing: one block, its frame and libzstd's context, re-used.
/// Single-threaded.
class BlockPacker {
 public:
  explicit BlockPacker(DictionaryBlocks blocks) : blocks_(blocks) {}

  /// Length, compression, and then `values` and `deltas` in one block. Errors: those of the sink;
  /// std::bad_alloc.
  void write(std::span<const std::byte> values, std::span<const std::byte> deltas,
             ComponentWriter& out);

 private:
  /// The frame, or nothing where it is not worth it.
  [[nodiscard]] std::span<const std::byte> compress(std::span<const std::byte> values,
                                                    std::span<const std::byte> deltas);

  DictionaryBlocks blocks_;
  ByteBuffer head_;
  ByteBuffer block_;
  std::unique_ptr<std::byte[]> frame_;
  std::size_t frame_capacity_ = 0;
  ZstdCompressor context_;
};

}  // namespace splitscope::formats
