// Decodes the positions of one term after another.
// Format: tantivy src/positions/; section 3.3 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/postings/bit_packer_4x.h"
#include "formats/segment/postings/term_bytes.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// Yields the position deltas of a term in chunks of at most 128: all documents of the term one
/// after another, as many per document as its term frequency, the first of each absolute. Where
/// documents begin is known from the postings only. One decoder serves all terms of a field and
/// re-uses its buffer (one byte per 128 positions of a term). Movable; must not outlive the source;
/// single-threaded. Errors: FormatError; those of reading.
class PositionsDecoder {
 public:
  /// `field_positions` is the field's part of `.pos`.
  explicit PositionsDecoder(const SourceRange& field_positions,
                            TermAccess access = TermAccess::kPerTerm);

  /// Goes to a term, in front of its first chunk.
  void open(const TermInfo& term);

  /// Passes over up to `count` packed blocks of 128 deltas, and returns over how many; fewer where
  /// the tail comes first. Only in front of a chunk that has not been taken.
  std::uint64_t skip_blocks(std::uint64_t count);

  /// The next deltas; empty behind the last. Valid until the next call.
  [[nodiscard]] std::span<const std::uint32_t> next_chunk();

 private:
  TermBytes bytes_;
  std::vector<std::byte> widths_;
  std::size_t next_width_ = 0;
  alignas(16) NumberBlock deltas_;
};

}  // namespace splitscope::formats
