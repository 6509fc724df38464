#include "formats/segment/postings/postings_writer.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "formats/segment/limits.h"
#include "formats/segment/postings/short_numbers.h"
#include "formats/segment/postings/skip_record.h"

namespace splitscope::formats {
namespace {

void check_increasing(std::span<const std::uint32_t> docs, std::uint32_t before) {
  if (docs.empty()) return;
  std::uint32_t wrong = before != kNoNumberBefore && docs.front() <= before ? 1 : 0;
  for (std::size_t i = 1; i < docs.size(); ++i) wrong |= docs[i - 1] >= docs[i] ? 1U : 0U;
  if (wrong != 0 || docs.back() >= kMaxDocs) {
    throw std::logic_error("documents of a term must increase and be less than 2^31 - 1");
  }
}

void check_freqs(std::span<const std::uint32_t> docs, std::span<const std::uint32_t> term_freqs) {
  std::uint32_t wrong = docs.size() != term_freqs.size() ? 1 : 0;
  for (const std::uint32_t freq : term_freqs) wrong |= freq == 0 ? 1U : 0U;
  if (wrong != 0) throw std::logic_error("each document of a term needs a frequency of at least 1");
}

}  // namespace

void PostingsWriter::begin_field(IndexRecordOption option, std::uint64_t total_num_tokens,
                                 std::span<const std::uint8_t> fieldnorm_ids) {
  option_ = option;
  block_max_ = BlockMax(fieldnorm_ids, total_num_tokens);
  out_.write(std::as_bytes(std::span(&total_num_tokens, 1)));
  terms_start_ = out_.offset();
}

void PostingsWriter::begin_term(bool with_freqs) {
  with_freqs_ = with_freqs && option_ != IndexRecordOption::kBasic;
  doc_freq_ = 0;
  last_block_doc_ = kNoNumberBefore;
  last_doc_ = kNoNumberBefore;
  length_ = 0;
  skip_records_.clear();
  blocks_.clear();
}

void PostingsWriter::add(std::span<const std::uint32_t> docs,
                         std::span<const std::uint32_t> term_freqs) {
  if (docs.empty()) return;
  check_increasing(docs, last_doc_);
  if (with_freqs_) check_freqs(docs, term_freqs);
  last_doc_ = docs.back();
  doc_freq_ += static_cast<std::uint32_t>(docs.size());
  for (std::size_t at = 0; at < docs.size();) {
    const std::size_t count = std::min(kBlockLength - length_, docs.size() - at);
    std::memcpy(docs_.data() + length_, docs.data() + at, count * sizeof(std::uint32_t));
    if (with_freqs_) {
      std::memcpy(term_freqs_.data() + length_, term_freqs.data() + at,
                  count * sizeof(std::uint32_t));
    }
    length_ += count;
    at += count;
    if (length_ == kBlockLength) write_full_block();
  }
}

void PostingsWriter::write_full_block() {
  SkipRecord record;
  alignas(16) NumberBlock deltas;
  to_strict_deltas(docs_, last_block_doc_, deltas);
  record.last_doc = docs_.back();
  record.doc_bits = block_bits(deltas);
  std::byte* packed = blocks_.reserve(2 * kMaxPackedBlockBytes);
  pack_block(deltas, record.doc_bits, packed);
  std::size_t packed_bytes = packed_block_bytes(record.doc_bits);
  if (with_freqs_) {
    for (std::size_t i = 0; i < kBlockLength; ++i) {
      deltas[i] = term_freqs_[i] - 1;
      record.freq_sum += term_freqs_[i];
    }
    record.freq_bits = block_bits(deltas);
    pack_block(deltas, record.freq_bits, packed + packed_bytes);
    packed_bytes += packed_block_bytes(record.freq_bits);
    const BlockMax::Pair best = block_max_.of_block(docs_, term_freqs_);
    record.max_fieldnorm_id = best.fieldnorm_id;
    record.max_freq = best.term_freq;
  }
  blocks_.commit(packed_bytes);
  record.write(with_freqs_ ? option_ : IndexRecordOption::kBasic, skip_records_);
  last_block_doc_ = docs_.back();
  length_ = 0;
}

void PostingsWriter::write_tail() {
  if (length_ == 0) return;
  std::byte* const begin = blocks_.reserve(2 * kBlockLength * kMaxShortNumberBytes);
  std::byte* at = begin;
  std::uint32_t before = last_block_doc_ == kNoNumberBefore ? 0 : last_block_doc_;
  for (std::size_t i = 0; i < length_; ++i) {
    at = write_short_number(at, docs_[i] - before);
    before = docs_[i];
  }
  if (with_freqs_) {
    for (std::size_t i = 0; i < length_; ++i) at = write_short_number(at, term_freqs_[i]);
  }
  blocks_.commit(static_cast<std::size_t>(at - begin));
}

PostingsWriter::Term PostingsWriter::end_term() {
  write_tail();
  const std::uint64_t start = out_.offset() - terms_start_;
  if (doc_freq_ >= kBlockLength) {
    std::byte head[kMaxShortNumberBytes];
    // At most 2^24 blocks of 12 bytes: fits 32 bits.
    std::byte* const end =
        write_short_number(head, static_cast<std::uint32_t>(skip_records_.size()));
    out_.write({head, end});
    out_.write(skip_records_.span());
  }
  blocks_.append_to(out_);
  return {doc_freq_, {start, out_.offset() - terms_start_}};
}

}  // namespace splitscope::formats
