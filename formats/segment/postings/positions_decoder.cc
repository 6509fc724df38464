#include "formats/segment/postings/positions_decoder.h"

#include <string>

#include "formats/segment/postings/short_numbers.h"

namespace splitscope::formats {

PositionsDecoder::PositionsDecoder(const SourceRange& field_positions, TermAccess access)
    : bytes_(field_positions, access) {}

void PositionsDecoder::open(const TermInfo& term) {
  bytes_.open(term.positions);
  widths_.clear();
  next_width_ = 0;
  if (term.positions.size() == 0) return;
  const std::uint64_t blocks = bytes_.take_number();
  if (blocks == 0) return;
  const auto widths = bytes_.take(blocks);
  widths_.assign(widths.begin(), widths.end());
  for (const std::byte width : widths_) {
    if (std::to_integer<unsigned>(width) > kMaxBlockBits) {
      bytes_.fail("a block of positions claims " +
                  std::to_string(std::to_integer<unsigned>(width)) +
                  " bits a number, at most 32 are possible");
    }
  }
}

std::uint64_t PositionsDecoder::skip_blocks(std::uint64_t count) {
  std::uint64_t skipped = 0;
  for (; skipped < count && next_width_ < widths_.size(); ++skipped) {
    bytes_.skip(packed_block_bytes(std::to_integer<unsigned>(widths_[next_width_++])));
  }
  return skipped;
}

std::span<const std::uint32_t> PositionsDecoder::next_chunk() {
  if (next_width_ < widths_.size()) {
    const auto bits = std::to_integer<unsigned>(widths_[next_width_++]);
    unpack_block(bytes_.take(packed_block_bytes(bits)).data(), bits, deltas_);
    return deltas_;
  }
  if (bytes_.remaining() == 0) return {};
  constexpr std::size_t kMaxTailBytes = (kBlockLength - 1) * kMaxShortNumberBytes;
  if (bytes_.remaining() > kMaxTailBytes) {
    bytes_.fail(std::to_string(bytes_.remaining()) +
                " bytes are left for the last positions of a term, which take at most " +
                std::to_string(kMaxTailBytes));
  }
  const auto tail = bytes_.take(bytes_.remaining());
  const std::byte* at = tail.data();
  const std::byte* const end = tail.data() + tail.size();
  std::size_t count = 0;
  while (at != end) {
    if (count == kBlockLength - 1)
      bytes_.fail("more than 127 positions are left behind the blocks");
    at = read_short_number(at, end, deltas_[count++]);
    if (at == nullptr) bytes_.fail("the last positions of a term are cut off or malformed");
  }
  return {deltas_.data(), count};
}

}  // namespace splitscope::formats
