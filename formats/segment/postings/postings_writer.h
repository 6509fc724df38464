// Writes the postings of one term after another.
// Format: tantivy src/postings/{serializer,skip}.rs; section 3.2 of docs/split-format.md. Writes
// format 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/segment/postings/bit_packer_4x.h"
#include "formats/segment/postings/block_max.h"
#include "formats/segment/postings/chunked_buffer.h"
#include "formats/segment/schema.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// Appends fields to a `.idx` file. Memory: the encoded postings of the longest term. Borrows
/// `out`; single-threaded. Misuse (documents that do not increase, frequencies of 0 or without
/// count) is a std::logic_error; else errors are those of the sink.
///
///     const std::uint64_t field_offset = out.offset();       // for the composite file's footer
///     postings.begin_field(IndexRecordOption::kPosition, total_num_tokens, fieldnorm_ids);
///     postings.begin_term();
///     postings.add(docs, term_freqs);                         // as often as needed
///     const auto [doc_freq, range] = postings.end_term();     // for the TermInfo
class PostingsWriter {
 public:
  struct Term {
    std::uint32_t doc_freq = 0;
    ByteRange range;
  };

  explicit PostingsWriter(ComponentWriter& out) : out_(out) {}
  PostingsWriter(const PostingsWriter&) = delete;
  PostingsWriter& operator=(const PostingsWriter&) = delete;

  /// Writes the token count that heads a field. Ranges of terms count from behind it.
  /// `fieldnorm_ids` has the norm of every document of the new segment, or is empty for a field
  /// without norms; it is borrowed until the next begin_field().
  void begin_field(IndexRecordOption option, std::uint64_t total_num_tokens,
                   std::span<const std::uint8_t> fieldnorm_ids = {});

  /// `with_freqs` false: this term has no frequencies whatever the field's option (numbers in JSON
  /// fields; PostingsDecoder::has_freqs()). Under kBasic it means nothing.
  void begin_term(bool with_freqs = true);

  /// Documents, strictly increasing and less than 2^31 - 1, and as many frequencies of at least 1.
  /// Frequencies are ignored, and may be empty, where the term has none.
  void add(std::span<const std::uint32_t> docs, std::span<const std::uint32_t> term_freqs);

  /// Writes the term and says where it is, relative to the field as a TermInfo wants it.
  Term end_term();

 private:
  void write_full_block();
  void write_tail();

  ComponentWriter& out_;
  IndexRecordOption option_ = IndexRecordOption::kBasic;
  std::uint64_t terms_start_ = 0;
  BlockMax block_max_;
  bool with_freqs_ = false;
  std::uint32_t doc_freq_ = 0;
  std::uint32_t last_block_doc_ = kNoNumberBefore;
  std::uint32_t last_doc_ = kNoNumberBefore;
  std::size_t length_ = 0;
  alignas(16) NumberBlock docs_;
  alignas(16) NumberBlock term_freqs_;
  ByteBuffer skip_records_;
  ChunkedBuffer blocks_;
};

}  // namespace splitscope::formats
