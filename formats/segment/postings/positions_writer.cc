#include "formats/segment/postings/positions_writer.h"

#include <algorithm>
#include <cstring>

#include "formats/segment/postings/short_numbers.h"

namespace splitscope::formats {

void PositionsWriter::begin_term() {
  length_ = 0;
  widths_.clear();
  blocks_.clear();
}

void PositionsWriter::add(std::span<const std::uint32_t> deltas) {
  while (!deltas.empty()) {
    const std::size_t count = std::min(kBlockLength - length_, deltas.size());
    std::memcpy(deltas_.data() + length_, deltas.data(), count * sizeof(std::uint32_t));
    length_ += count;
    deltas = deltas.subspan(count);
    if (length_ == kBlockLength) pack_full_block();
  }
}

void PositionsWriter::pack_full_block() {
  const unsigned bits = block_bits(deltas_);
  pack_block(deltas_, bits, blocks_.reserve(kMaxPackedBlockBytes));
  blocks_.commit(packed_block_bytes(bits));
  widths_.fixed(static_cast<std::uint8_t>(bits));
  length_ = 0;
}

ByteRange PositionsWriter::end_term() {
  if (length_ > 0) {
    std::byte* const begin = blocks_.reserve(kBlockLength * kMaxShortNumberBytes);
    std::byte* at = begin;
    for (std::size_t i = 0; i < length_; ++i) at = write_short_number(at, deltas_[i]);
    blocks_.commit(static_cast<std::size_t>(at - begin));
  }
  const std::uint64_t start = out_.offset() - field_start_;
  head_.clear();
  head_.vint(widths_.size());
  out_.write(head_.span());
  out_.write(widths_.span());
  blocks_.append_to(out_);
  return {start, out_.offset() - field_start_};
}

}  // namespace splitscope::formats
