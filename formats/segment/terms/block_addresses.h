// Where the blocks of an SSTable lie, as an index of version 3 has it behind its transducer: packed
// bits, 128 blocks to a group, each as the error of a straight line.
// Format: tantivy sstable/src/sstable_index_v3.rs (BlockAddrStore); section 3.1a of
// docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/codec/byte_reader.h"
#include "formats/segment/byte_range.h"

namespace splitscope::formats {

struct BlockAddress {
  ByteRange bytes;
  std::uint64_t first_ordinal = 0;
};

/// Goes through them in order. Borrows the bytes; memory: one group. Single-threaded. Errors:
/// FormatError where bits are missing. Groups may share bits in a damaged file, so that the caller
/// must check that blocks follow one another before it keeps them.
class BlockAddressStream {
 public:
  /// `store` is what lies behind the transducer; `place` is where.
  BlockAddressStream(std::span<const std::byte> store, ReaderPlace place);

  /// Goes to the first or next block; false behind the last.
  bool advance();
  [[nodiscard]] const BlockAddress& value() const { return value_; }

 private:
  // A row of numbers in packed bits: number n is base + n * slope + its error. Errors are stored
  // with half of their range added.
  struct Line {
    std::uint64_t base = 0;
    std::uint64_t slope = 0;
    unsigned bits = 0;
  };

  void next_group();
  std::uint64_t take(const Line& line);

  ByteReader groups_;
  std::span<const std::byte> packed_;
  // The lines of the group.
  Line starts_;
  Line ordinals_;
  std::uint64_t blocks_ = 0;
  std::uint64_t block_ = 0;
  std::uint64_t bit_ = 0;
  BlockAddress value_;
};

}  // namespace splitscope::formats
