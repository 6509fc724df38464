#include "formats/segment/postings/postings_decoder.h"

#include <cstring>
#include <string>

#include "formats/segment/postings/short_numbers.h"

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kTokenCountBytes = sizeof(std::uint64_t);

SourceRange terms_of(const SourceRange& field) {
  if (field.size() < kTokenCountBytes) {
    throw field.error(0, "a field's postings begin with 8 bytes of token count, here are " +
                             std::to_string(field.size()));
  }
  return field.slice(kTokenCountBytes, field.size() - kTokenCountBytes);
}

}  // namespace

std::uint64_t read_total_num_tokens(const SourceRange& field_postings) {
  const Bytes bytes = field_postings.read(0, kTokenCountBytes);
  std::uint64_t count = 0;
  std::memcpy(&count, bytes.data(), sizeof count);
  return count;
}

PostingsDecoder::PostingsDecoder(const SourceRange& field_postings, IndexRecordOption option,
                                 std::uint32_t max_doc, TermAccess access)
    : bytes_(terms_of(field_postings), access), option_(option), max_doc_(max_doc) {}

void PostingsDecoder::open(const TermInfo& term) {
  bytes_.open(term.postings);
  if (term.doc_freq > max_doc_) {
    bytes_.fail("the dictionary says that a term is in " + std::to_string(term.doc_freq) +
                " documents, the segment has " + std::to_string(max_doc_));
  }
  doc_freq_ = term.doc_freq;
  docs_left_ = term.doc_freq;
  last_doc_ = kNoNumberBefore;
  freqs_before_ = 0;
  block_freqs_ = 0;
  length_ = 0;
  tail_decoded_ = false;
  has_freqs_ = false;
  if (doc_freq_ >= kBlockLength) {
    open_blocks();
  } else {
    decode_tail(doc_freq_);
    tail_decoded_ = true;
  }
}

void PostingsDecoder::open_blocks() {
  const std::uint64_t skip_bytes = bytes_.take_number();
  const std::uint64_t blocks = doc_freq_ / kBlockLength;
  skip_record_bytes_ = SkipRecord::bytes_of(option_);
  // Numbers in JSON fields have no frequencies whatever the field's option says.
  if (skip_bytes == blocks * SkipRecord::bytes_of(IndexRecordOption::kBasic)) {
    skip_record_bytes_ = SkipRecord::bytes_of(IndexRecordOption::kBasic);
  }
  if (skip_bytes != blocks * skip_record_bytes_) {
    bytes_.fail("skip records of " + std::to_string(blocks) + " blocks take " +
                std::to_string(blocks * skip_record_bytes_) + " bytes, here are " +
                std::to_string(skip_bytes));
  }
  has_freqs_ = skip_record_bytes_ != SkipRecord::bytes_of(IndexRecordOption::kBasic);
  const auto records = bytes_.take(skip_bytes);
  skip_records_.assign(records.begin(), records.end());
  skip_at_ = 0;
}

std::size_t PostingsDecoder::next_block() {
  if (docs_left_ == 0) {
    length_ = 0;
    return 0;
  }
  if (!tail_decoded_ && docs_left_ >= kBlockLength) {
    decode_full_block();
    length_ = kBlockLength;
  } else {
    if (!tail_decoded_) decode_tail(docs_left_);
    length_ = docs_left_;
    // Behind the tail there is nothing that would ask for its sum.
    pass_block(length_, 0);
  }
  return length_;
}

std::size_t PostingsDecoder::seek_block(std::uint32_t target) {
  if (length_ > 0 && docs_[length_ - 1] >= target) return length_;
  while (!tail_decoded_ && docs_left_ >= kBlockLength) {
    const SkipRecord record = next_record();
    if (record.last_doc >= target) break;
    skip_full_block(record);
  }
  while (const std::size_t count = next_block()) {
    if (docs_[count - 1] >= target) return count;
  }
  return 0;
}

void PostingsDecoder::pass_block(std::size_t count, std::uint32_t freqs) {
  freqs_before_ += block_freqs_;
  block_freqs_ = freqs;
  docs_left_ -= static_cast<std::uint32_t>(count);
  if (docs_left_ == 0 && bytes_.remaining() > 0) {
    bytes_.fail(std::to_string(bytes_.remaining()) +
                " bytes are left over behind a term's last document");
  }
}

SkipRecord PostingsDecoder::next_record() const {
  const SkipRecord record =
      SkipRecord::read(std::span(skip_records_).subspan(skip_at_, skip_record_bytes_));
  if (record.freq_bits > kMaxBlockBits) {
    bytes_.fail("a block of frequencies claims " + std::to_string(record.freq_bits) +
                " bits a number, at most 32 are possible");
  }
  return record;
}

void PostingsDecoder::skip_full_block(const SkipRecord& record) {
  const bool first = last_doc_ == kNoNumberBefore;
  if ((!first && record.last_doc <= last_doc_) || record.last_doc >= max_doc_) {
    bytes_.fail("the skip records of a term do not increase or reach the segment's " +
                std::to_string(max_doc_) + " documents");
  }
  skip_at_ += skip_record_bytes_;
  bytes_.skip(packed_block_bytes(record.doc_bits) + packed_block_bytes(record.freq_bits));
  last_doc_ = record.last_doc;
  length_ = 0;
  pass_block(kBlockLength, record.freq_sum);
}

void PostingsDecoder::decode_full_block() {
  const SkipRecord record = next_record();
  skip_at_ += skip_record_bytes_;
  const std::size_t doc_bytes = packed_block_bytes(record.doc_bits);
  const auto packed = bytes_.take(doc_bytes + packed_block_bytes(record.freq_bits));
  const bool first = last_doc_ == kNoNumberBefore;
  unpack_block(packed.data(), record.doc_bits, docs_);
  if (record.strict) {
    from_strict_deltas(last_doc_, docs_);
  } else {
    from_plain_deltas(first ? 0 : last_doc_, docs_);
  }

  std::uint32_t wrong = !first && docs_.front() <= last_doc_ ? 1 : 0;
  for (std::size_t i = 1; i < kBlockLength; ++i) wrong |= docs_[i - 1] >= docs_[i] ? 1U : 0U;
  if (wrong != 0 || docs_.back() >= max_doc_) {
    bytes_.fail("documents of a block do not increase or reach the segment's " +
                std::to_string(max_doc_) + " documents");
  }
  if (docs_.back() != record.last_doc) {
    bytes_.fail("a block ends with document " + std::to_string(docs_.back()) +
                ", its skip record says " + std::to_string(record.last_doc));
  }
  last_doc_ = docs_.back();
  pass_block(kBlockLength, record.freq_sum);
  if (!has_freqs_) return;

  unpack_block(packed.data() + doc_bytes, record.freq_bits, term_freqs_);
  const std::uint32_t add = record.strict ? 1 : 0;
  std::uint32_t sum = 0;
  std::uint32_t zeros = 0;
  for (std::uint32_t& freq : term_freqs_) {
    freq += add;
    sum += freq;
    zeros |= freq == 0 ? 1U : 0U;
  }
  if (zeros != 0) bytes_.fail("a block says that a term is zero times in one of its documents");
  if (skip_record_bytes_ == SkipRecord::bytes_of(IndexRecordOption::kPosition) &&
      sum != record.freq_sum) {
    bytes_.fail("frequencies of a block add up to " + std::to_string(sum) +
                ", its skip record says " + std::to_string(record.freq_sum));
  }
}

void PostingsDecoder::decode_tail(std::size_t count) {
  if (bytes_.remaining() > 2 * count * kMaxShortNumberBytes) {
    bytes_.fail(std::to_string(bytes_.remaining()) + " bytes are left for the last " +
                std::to_string(count) + " documents of a term, which take at most " +
                std::to_string(2 * count * kMaxShortNumberBytes));
  }
  const auto tail = bytes_.take(bytes_.remaining());
  const std::byte* at = tail.data();
  const std::byte* const end = tail.data() + tail.size();
  const bool first = last_doc_ == kNoNumberBefore;
  std::uint64_t doc = first ? 0 : last_doc_;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t delta = 0;
    at = read_short_number(at, end, delta);
    if (at == nullptr) bytes_.fail("the documents of a term are cut off or malformed");
    doc += delta;
    if ((delta == 0 && !(first && i == 0)) || doc >= max_doc_) {
      bytes_.fail("documents of a term do not increase or reach the segment's " +
                  std::to_string(max_doc_) + " documents");
    }
    docs_[i] = static_cast<std::uint32_t>(doc);
  }
  // A short term has no skip records to tell: it has frequencies if bytes are left.
  if (doc_freq_ < kBlockLength) has_freqs_ = option_ != IndexRecordOption::kBasic && at != end;
  if (has_freqs_) {
    for (std::size_t i = 0; i < count; ++i) {
      at = read_short_number(at, end, term_freqs_[i]);
      if (at == nullptr) bytes_.fail("the frequencies of a term are cut off or malformed");
      if (term_freqs_[i] == 0) bytes_.fail("a term is zero times in one of its documents");
    }
  }
  if (at != end) {
    bytes_.fail(std::to_string(end - at) + " bytes are left over behind a term's last document");
  }
}

}  // namespace splitscope::formats
