// Builds the block index of an SSTable, version 2, while its blocks are written.
// Format: tantivy sstable/src/sstable_index_v2.rs, sstable/src/value/index.rs; section 3.1a of
// docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/segment/terms/key_buffer.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// Keeps the index in the form in which it is written: some ten bytes and a short key per block.
class BlockIndexBuilder {
 public:
  /// Records a block. `last_key_or_greater` is at least the block's last key, less than the first
  /// key of the next block and greater than the one of the block before. Blocks come without gaps.
  void add(std::span<const std::byte> last_key_or_greater, const ByteRange& bytes,
           std::uint64_t first_ordinal);

  [[nodiscard]] std::uint64_t num_blocks() const { return num_blocks_; }
  /// Closes the index, including its terminator, and returns its bytes. Call once, last.
  [[nodiscard]] std::span<const std::byte> finish();

 private:
  void flush();

  ByteBuffer finished_;
  ByteBuffer deltas_;
  ByteBuffer values_;
  KeyBuffer last_key_;
  std::uint64_t num_blocks_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t start_ = 0;
  std::uint64_t last_ordinal_ = 0;
};

/// A short key that is at least `last` and less than `next`; last < next. The result is put in
/// place of `last`.
void shorten_separator(KeyBuffer& last, std::span<const std::byte> next);

}  // namespace splitscope::formats
