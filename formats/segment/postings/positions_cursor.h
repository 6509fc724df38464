// Positions of single documents of a term, for searches: what lies between them is skipped.
// Format: section 3.3 of docs/split-format.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// Goes forward through the positions of one term after another. Packed blocks in between stay
/// packed. Movable; must not outlive the source; single-threaded. Errors: FormatError when a term
/// has fewer positions than its frequencies say; those of reading.
class PositionsCursor {
 public:
  /// More occurrences of one term in one document are refused: their text would have 100 MB.
  static constexpr std::uint32_t kMaxPositions = 1U << 24;

  /// `field_positions` is the field's part of `.pos`.
  explicit PositionsCursor(const SourceRange& field_positions);

  /// Goes to a term, in front of its first position.
  void open(const TermInfo& term);

  /// Puts the `freq` positions of a document into `positions`, whose capacity is re-used, with
  /// `add` added to each. `before` counts the positions of all documents before it
  /// (PostingsDecoder::freqs_before() and the frequencies in front of it in its block); it must not
  /// lie before the end of the document that was read last.
  void read(std::uint64_t before, std::uint32_t freq, std::uint32_t add,
            std::vector<std::uint32_t>& positions);

 private:
  void skip(std::uint64_t count);
  void need_chunk();

  PositionsDecoder decoder_;
  std::string name_;
  std::span<const std::uint32_t> chunk_;
  // Positions before the first of chunk_.
  std::uint64_t passed_ = 0;
};

}  // namespace splitscope::formats
