// All postings of a field, decoded: what every listing goes through. Sections 3.1 to 3.3 of
// docs/split-format.md.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/terms/dictionary_streams.h"

namespace splitscope::formats {

/// Positions of one term, taken one by one across chunks. Errors: FormatError.
class TermPositions {
 public:
  /// `field` is the field's part of `.pos`.
  explicit TermPositions(const SourceRange& field) : decoder_(field), name_(field.name()) {}

  void open(const TermInfo& term) {
    decoder_.open(term);
    chunk_ = {};
  }
  [[nodiscard]] std::uint32_t next_delta() {
    if (chunk_.empty()) chunk_ = decoder_.next_chunk();
    if (chunk_.empty()) throw FormatError(name_, 0, "a term has fewer positions than frequencies");
    const std::uint32_t delta = chunk_.front();
    chunk_ = chunk_.subspan(1);
    return delta;
  }
  void expect_end() {
    if (chunk_.empty()) chunk_ = decoder_.next_chunk();
    if (!chunk_.empty()) throw FormatError(name_, 0, "a term has more positions than frequencies");
  }

 private:
  PositionsDecoder decoder_;
  std::string name_;
  std::span<const std::uint32_t> chunk_;
};

/// Walks a field of a segment that has terms, one by one. Of `visitor` it calls
///   begin_term(key), add_document(doc, frequency), add_position(position), end_term(doc_freq)
/// where the frequency is 1 in a field without them and positions count from the start of the
/// document. Memory: a window per file and the buffers of the decoders. Errors: FormatError, also
/// where dictionary, postings and positions disagree; UnsupportedFeature for an FST dictionary.
template <typename Visitor>
void walk_postings(const SegmentFiles& segment, Field field, Visitor&& visitor) {
  const IndexRecordOption record = segment.schema()[field].record;
  PostingsDecoder decoder(segment.postings(field), record, segment.meta().max_doc);
  std::optional<TermPositions> positions;
  if (record == IndexRecordOption::kPosition) {
    if (const auto range = segment.positions(field)) positions.emplace(*range);
  }
  TermStream terms(segment.term(field));
  while (terms.advance()) {
    visitor.begin_term(terms.key());
    decoder.open(terms.value());
    // Numbers in JSON documents have neither, whatever the field's option.
    const bool has_positions = positions && decoder.has_freqs();
    if (has_positions) positions->open(terms.value());
    std::uint64_t documents = 0;
    while (const std::size_t count = decoder.next_block()) {
      const auto docs = decoder.docs();
      const auto freqs = decoder.term_freqs();
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint32_t freq = freqs.empty() ? 1 : freqs[i];
        visitor.add_document(docs[i], freq);
        std::uint32_t position = 0;
        for (std::uint32_t k = 0; has_positions && k < freq; ++k) {
          position += positions->next_delta();
          visitor.add_position(position);
        }
      }
      documents += count;
    }
    if (has_positions) positions->expect_end();
    if (documents != terms.value().doc_freq) {
      throw FormatError(segment.term(field).name(), 0,
                        fmt::format("a term has {} documents, its dictionary says {}", documents,
                                    terms.value().doc_freq));
    }
    visitor.end_term(documents);
  }
}

}  // namespace splitscope::formats
