// Decodes the documents and term frequencies of one term after another.
// Format: tantivy src/postings/{skip,block_segment_postings}.rs, src/postings/compression/;
// section 3.2 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/postings/bit_packer_4x.h"
#include "formats/segment/postings/skip_record.h"
#include "formats/segment/postings/term_bytes.h"
#include "formats/segment/schema.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// The number of tokens at the head of a field's part of `.idx`. Reads those 8 bytes only, which a
/// hotcache holds. Throws FormatError.
[[nodiscard]] std::uint64_t read_total_num_tokens(const SourceRange& field_postings);

/// Reads blocks of at most 128 documents; formats 5 to 7. One decoder serves all terms of a field
/// and re-uses its buffers (the skip records of a term: 5 to 12 bytes per 128 documents). Movable;
/// must not outlive the source; single-threaded. Errors: FormatError when documents do not strictly
/// increase or reach max_doc, when skip records and blocks disagree, when bytes are missing or left
/// over; those of reading.
///
///     PostingsDecoder postings(idx.field(id), IndexRecordOption::kPosition, max_doc);
///     postings.open(terms.value());
///     while (const std::size_t n = postings.next_block()) use(postings.docs());
class PostingsDecoder {
 public:
  /// `field_postings` is the field's whole part of `.idx`, including the token count. `max_doc` is
  /// the segment's number of documents.
  PostingsDecoder(const SourceRange& field_postings, IndexRecordOption option,
                  std::uint32_t max_doc, TermAccess access = TermAccess::kPerTerm);

  /// Goes to a term, in front of its first block.
  void open(const TermInfo& term);

  /// The term has frequencies. False for option kBasic, and for numbers in JSON fields, which have
  /// none whatever the field's option. Known after open().
  [[nodiscard]] bool has_freqs() const { return has_freqs_; }
  [[nodiscard]] std::uint32_t doc_freq() const { return doc_freq_; }

  /// Decodes the next block and returns its number of documents: 128, less in the last one, 0
  /// behind it.
  std::size_t next_block();

  /// Goes to the first block whose last document is at least `target`, the current one included,
  /// and returns its number of documents; 0 where there is none. Full blocks in between are told by
  /// their skip records and stay packed.
  std::size_t seek_block(std::uint32_t target);

  /// Frequencies of all documents before the block, added up: where its positions begin. Under
  /// kPosition only.
  [[nodiscard]] std::uint64_t freqs_before() const { return freqs_before_; }

  /// Documents of the block, strictly increasing from block to block; valid until the next call of
  /// next_block() or seek_block().
  [[nodiscard]] std::span<const std::uint32_t> docs() const { return {docs_.data(), length_}; }
  /// Their term frequencies, all at least 1; empty without frequencies.
  [[nodiscard]] std::span<const std::uint32_t> term_freqs() const {
    return {term_freqs_.data(), has_freqs_ ? length_ : 0};
  }

 private:
  void open_blocks();
  [[nodiscard]] SkipRecord next_record() const;
  void skip_full_block(const SkipRecord& record);
  void decode_full_block();
  void decode_tail(std::size_t count);
  void pass_block(std::size_t count, std::uint32_t freqs);

  TermBytes bytes_;
  IndexRecordOption option_;
  std::uint32_t max_doc_;
  std::uint32_t doc_freq_ = 0;
  std::uint32_t docs_left_ = 0;
  bool has_freqs_ = false;
  bool tail_decoded_ = false;
  std::uint32_t last_doc_ = kNoNumberBefore;
  std::vector<std::byte> skip_records_;
  std::size_t skip_at_ = 0;
  std::size_t skip_record_bytes_ = 0;
  std::uint64_t freqs_before_ = 0;
  // Values of the block that was decoded or skipped last.
  std::uint32_t block_freqs_ = 0;
  std::size_t length_ = 0;
  alignas(16) NumberBlock docs_;
  alignas(16) NumberBlock term_freqs_;
};

}  // namespace splitscope::formats
