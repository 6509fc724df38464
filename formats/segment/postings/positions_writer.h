// Writes the positions of one term after another.
// Format: tantivy src/positions/serializer.rs; section 3.3 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/segment/postings/bit_packer_4x.h"
#include "formats/segment/postings/chunked_buffer.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// Appends fields to a `.pos` file. Memory: the encoded positions of the longest term. Borrows
/// `out`; single-threaded. Errors are those of the sink.
///
///     positions.begin_field();
///     positions.begin_term();
///     positions.add(deltas);                             // as often as needed, any length
///     const ByteRange range = positions.end_term();      // for the TermInfo
class PositionsWriter {
 public:
  explicit PositionsWriter(ComponentWriter& out) : out_(out) {}
  PositionsWriter(const PositionsWriter&) = delete;
  PositionsWriter& operator=(const PositionsWriter&) = delete;

  /// Ranges of terms count from where `out` stands now. A field without positions has no bytes in
  /// `.pos` and {0, 0} as the range of its terms: begin it, but no terms.
  void begin_field() { field_start_ = out_.offset(); }
  void begin_term();
  /// Deltas between the positions of a document, its first position absolute; documents follow one
  /// another without a mark.
  void add(std::span<const std::uint32_t> deltas);
  /// Writes the term and says where it is.
  ByteRange end_term();

 private:
  void pack_full_block();

  ComponentWriter& out_;
  std::uint64_t field_start_ = 0;
  std::size_t length_ = 0;
  alignas(16) NumberBlock deltas_;
  ByteBuffer widths_;
  ByteBuffer head_;
  ChunkedBuffer blocks_;
};

}  // namespace splitscope::formats
