#include "workloads/merge/merge_terms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/k_way_merge.h"
#include "formats/segment/terms/sstable_writer.h"

namespace splitscope::workloads {
namespace {

/// The readers of one field of one segment that has terms of it.
struct FieldReaders {
  formats::PostingsDecoder postings;
  std::optional<formats::PositionsDecoder> positions;
  std::optional<formats::SourceRange> position_bytes;
  std::uint32_t doc_base;
};

FieldReaders open_readers(const MergeSegment& segment, formats::Field field,
                          formats::IndexRecordOption record) {
  const formats::SourceRange postings = segment.files.postings(field);
  FieldReaders readers{formats::PostingsDecoder(postings, record, segment.max_doc()), std::nullopt,
                       std::nullopt, segment.doc_base};
  if (record != formats::IndexRecordOption::kPosition) return readers;
  readers.position_bytes = segment.files.positions(field);
  if (!readers.position_bytes) {
    throw postings.error(0, "the field has positions, but there is no .pos for it");
  }
  readers.positions.emplace(*readers.position_bytes);
  return readers;
}

/// Appends one segment's postings of a term; returns the sum of its frequencies.
std::uint64_t append_postings(FieldReaders& readers, formats::PostingsWriter& out) {
  std::array<std::uint32_t, formats::kBlockLength> shifted;
  std::uint64_t frequencies = 0;
  while (const std::size_t count = readers.postings.next_block()) {
    const auto docs = readers.postings.docs();
    for (std::size_t i = 0; i < count; ++i) shifted[i] = docs[i] + readers.doc_base;
    const auto term_freqs = readers.postings.term_freqs();
    for (const std::uint32_t frequency : term_freqs) frequencies += frequency;
    out.add(std::span(shifted).first(count), term_freqs);
  }
  return frequencies;
}

void append_positions(FieldReaders& readers, const formats::TermInfo& term,
                      std::uint64_t frequencies, formats::PositionsWriter& out) {
  readers.positions->open(term);
  std::uint64_t count = 0;
  for (auto deltas = readers.positions->next_chunk(); !deltas.empty();
       deltas = readers.positions->next_chunk()) {
    count += deltas.size();
    out.add(deltas);
  }
  if (count != frequencies) {
    throw readers.position_bytes->error(term.positions.start,
                                        "a term has " + std::to_string(count) +
                                            " positions here, its frequencies add up to " +
                                            std::to_string(frequencies));
  }
}

}  // namespace

void merge_field(const MergeInputs& inputs, formats::Field field,
                 std::span<const std::uint8_t> fieldnorms, formats::DictionaryBlocks blocks,
                 TermFiles& out) {
  const formats::IndexRecordOption record = inputs.schema()[field].record;
  std::uint64_t total_num_tokens = 0;
  std::vector<formats::TermStream> streams;
  streams.reserve(inputs.segments().size());
  std::vector<FieldReaders> readers;
  readers.reserve(inputs.segments().size());
  for (const MergeSegment& segment : inputs.segments()) {
    if (!segment.files.has_terms(field)) continue;
    total_num_tokens += formats::read_total_num_tokens(segment.files.postings(field));
    streams.emplace_back(segment.files.term(field));
    readers.push_back(open_readers(segment, field, record));
  }

  out.term.begin_field(field);
  out.postings.begin_field(field);
  out.positions.begin_field(field);
  formats::TermWriter terms(out.term.out(), blocks);
  formats::PostingsWriter postings(out.postings.out());
  formats::PositionsWriter positions(out.positions.out());
  postings.begin_field(record, total_num_tokens, fieldnorms);
  positions.begin_field();

  formats::KWayMerge<formats::TermStream> merged(std::move(streams));
  while (merged.advance()) {
    bool begun = false;
    for (const std::uint32_t input : merged.inputs()) {
      FieldReaders& from = readers[input];
      const formats::TermInfo& term = merged.stream(input).value();
      from.postings.open(term);
      if (!begun) {
        postings.begin_term(from.postings.has_freqs());
        if (record == formats::IndexRecordOption::kPosition) positions.begin_term();
        begun = true;
      }
      const std::uint64_t frequencies = append_postings(from, postings);
      if (from.positions) {
        append_positions(from, term, frequencies, positions);
      }
    }
    const formats::PostingsWriter::Term written = postings.end_term();
    formats::TermInfo info{written.doc_freq, written.range, {}};
    if (record == formats::IndexRecordOption::kPosition) info.positions = positions.end_term();
    terms.insert(merged.key(), info);
  }
  terms.finish();
}

}  // namespace splitscope::workloads
