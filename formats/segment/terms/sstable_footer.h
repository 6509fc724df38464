// The end of an SSTable dictionary: where its blocks end and its index begins.
// Format: tantivy sstable/src/dictionary.rs and sstable/src/sstable_index_v3.rs; sections 3.1
// and 3.1a of docs/split-format.md.
#pragma once

#include <cstdint>

#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// Versions of the block index. 2: nested SSTable. 3: finite state transducer, or nothing at all
/// when there is at most one block.
inline constexpr std::uint32_t kNestedIndexVersion = 2;
inline constexpr std::uint32_t kTransducerIndexVersion = 3;

struct SstableFooter {
  /// Blocks take [0, blocks_end): the end lies behind the four zero bytes that terminate them.
  std::uint64_t blocks_end = 0;
  std::uint64_t num_terms = 0;
  std::uint32_t index_version = 0;
  /// The index takes [blocks_end, blocks_end + index_bytes).
  std::uint64_t index_bytes = 0;
  /// Version 3: leading part of the index that is the transducer; 0 when there is no index.
  std::uint64_t transducer_bytes = 0;

  /// Reads the footer of `dictionary` with the same ranges as tantivy does (the last 20 bytes, then
  /// for version 3 the 8 before them), so that a hotcache can serve them. Throws FormatError.
  static SstableFooter read(const SourceRange& dictionary);
};

/// The SSTable inside one field's part of a `.term` file: checks and takes off the u32 type at its
/// end. Type 2 is an SSTable. Type 1 (FST) throws UnsupportedFeature that names the file, any other
/// FormatError.
[[nodiscard]] SourceRange sstable_of_field(const SourceRange& field);

}  // namespace splitscope::formats
