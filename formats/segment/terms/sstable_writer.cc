#include "formats/segment/terms/sstable_writer.h"

#include <stdexcept>

#include "formats/segment/terms/key_delta.h"
#include "formats/segment/terms/sstable_footer.h"

namespace splitscope::formats {
namespace {

constexpr std::uint32_t kSstableType = 2;

template <typename T>
void write_number(ComponentWriter& out, T value) {
  out.write(std::as_bytes(std::span(&value, 1)));
}

}  // namespace

void SstableWriter::append_key(std::span<const std::byte> key) {
  // The index may name the end of the block before only now that its successor is known.
  if (pending_.size() > 0) {
    separator_.assign(last_key_.span());
    shorten_separator(separator_, key);
    index_.add(separator_.span(), pending_, pending_first_ordinal_);
    pending_ = {};
  }
  const std::size_t shared = common_prefix(last_key_.span(), key);
  const bool greater =
      shared < key.size() && (shared == last_key_.size() || last_key_.span()[shared] < key[shared]);
  if (!greater && num_terms_ > 0) {
    throw std::logic_error("key number " + std::to_string(num_terms_) +
                           " of a dictionary is not greater than the one before");
  }
  const std::size_t keep = deltas_.empty() ? 0 : shared;
  write_key_delta(deltas_, keep, key.subspan(keep));
  last_key_.replace_tail(shared, key.subspan(shared));
  ++num_terms_;
}

bool SstableWriter::block_full() const { return deltas_.size() > kBlockDeltaBytes; }

void SstableWriter::close_block(std::span<const std::byte> values) {
  const std::uint64_t start = out_.offset() - start_;
  packer_.write(values, deltas_.span(), out_);
  deltas_.clear();
  pending_ = {start, out_.offset() - start_};
  pending_first_ordinal_ = block_first_ordinal_;
  block_first_ordinal_ = num_terms_;
}

void SstableWriter::write_end() {
  write_number(out_, std::uint32_t{0});
  const std::uint64_t blocks_end = out_.offset() - start_;
  // One block needs no index, and only version 3 can say so.
  if (index_.num_blocks() == 0) {
    write_number(out_, std::uint64_t{0});
    write_number(out_, blocks_end);
    write_number(out_, num_terms_);
    write_number(out_, kTransducerIndexVersion);
    return;
  }
  index_.add(last_key_.span(), pending_, pending_first_ordinal_);
  out_.write(index_.finish());
  write_number(out_, blocks_end);
  write_number(out_, num_terms_);
  write_number(out_, kNestedIndexVersion);
}

void TermWriter::insert(std::span<const std::byte> key, const TermInfo& info) {
  if (info.postings.start > info.postings.end || info.positions.start > info.positions.end) {
    throw std::logic_error("a range of a term ends before it starts");
  }
  const bool first_of_block = block_empty();
  if (!first_of_block &&
      (info.postings.start != last_.postings.end || info.positions.start != last_.positions.end)) {
    throw std::logic_error("the ranges of term number " + std::to_string(num_terms()) +
                           " do not go on where those of the term before ended");
  }
  append_key(key);
  if (first_of_block) block_first_ = info;
  last_ = info;
  triples_.vint(info.doc_freq);
  triples_.vint(info.postings.size());
  triples_.vint(info.positions.size());
  ++block_terms_;
  if (block_full()) flush();
}

void TermWriter::flush() {
  values_.clear();
  values_.vint(block_terms_);
  values_.vint(block_first_.postings.start);
  values_.vint(block_first_.positions.start);
  values_.bytes(triples_.span());
  close_block(values_.span());
  triples_.clear();
  block_terms_ = 0;
}

void TermWriter::finish() {
  if (!block_empty()) flush();
  write_end();
  write_number(out_, kSstableType);
}

std::uint64_t OrdinalWriter::insert(std::span<const std::byte> key) {
  append_key(key);
  if (block_full()) close_block({});
  return num_terms() - 1;
}

void OrdinalWriter::finish() {
  if (!block_empty()) close_block({});
  write_end();
}

void RangeWriter::insert(std::span<const std::byte> key, const ByteRange& range) {
  if (range.start > range.end || (!block_empty() && range.start != last_end_)) {
    throw std::logic_error("the range of key number " + std::to_string(num_terms()) +
                           " does not go on where the one before ended");
  }
  const bool first_of_block = block_empty();
  append_key(key);
  if (first_of_block) block_start_ = range.start;
  last_end_ = range.end;
  lengths_.leb128(range.size());
  ++block_terms_;
  if (block_full()) flush();
}

void RangeWriter::flush() {
  values_.clear();
  values_.leb128(block_terms_ + 1);
  values_.leb128(block_start_);
  values_.bytes(lengths_.span());
  close_block(values_.span());
  lengths_.clear();
  block_terms_ = 0;
}

void RangeWriter::finish() {
  if (!block_empty()) flush();
  write_end();
}

}  // namespace splitscope::formats
