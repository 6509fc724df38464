#include "formats/segment/terms/block_addresses.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kGroupBlocks = 128;
// offset of its bits, start and first ordinal of its first block, two slopes, two widths, blocks.
constexpr std::uint64_t kGroupBytes = 8 + 8 + 8 + 4 + 4 + 1 + 1 + 2;
// A number is read from 8 bytes, up to 7 bits into the first.
constexpr unsigned kMaxBits = 56;

}  // namespace

BlockAddressStream::BlockAddressStream(std::span<const std::byte> store, ReaderPlace place)
    : groups_({}, place) {
  ByteReader reader(store, place);
  const auto groups_bytes = reader.fixed<std::uint64_t>();
  if (groups_bytes > reader.remaining() || groups_bytes % kGroupBytes != 0) {
    reader.fail("the addresses of blocks have heads of " + std::to_string(groups_bytes) +
                " bytes, which is no number of them that fits");
  }
  const ReaderPlace groups_place{place.file, place.offset + reader.position()};
  groups_ = ByteReader(reader.bytes(groups_bytes), groups_place);
  packed_ = reader.bytes(reader.remaining());
}

bool BlockAddressStream::advance() {
  if (block_ == blocks_) {
    if (groups_.at_end()) return false;
    next_group();
  } else {
    value_.bytes.start = value_.bytes.end;
    value_.first_ordinal = take(ordinals_);
  }
  ++block_;
  // The start of the next block, or the end of the last.
  value_.bytes.end = take(starts_);
  return true;
}

void BlockAddressStream::next_group() {
  const auto offset = groups_.fixed<std::uint64_t>();
  starts_.base = groups_.fixed<std::uint64_t>();
  ordinals_.base = groups_.fixed<std::uint64_t>();
  starts_.slope = groups_.fixed<std::uint32_t>();
  ordinals_.slope = groups_.fixed<std::uint32_t>();
  ordinals_.bits = groups_.fixed<std::uint8_t>();
  starts_.bits = groups_.fixed<std::uint8_t>();
  blocks_ = std::uint64_t{groups_.fixed<std::uint16_t>()} + 1;
  block_ = 0;
  value_ = {{starts_.base, 0}, ordinals_.base};
  for (const unsigned bits : {starts_.bits, ordinals_.bits}) {
    if (bits == 0 || bits > kMaxBits) {
      groups_.fail("addresses of blocks have " + std::to_string(bits) +
                   " bits; 1 to 56 are possible");
    }
  }
  if (blocks_ > kGroupBlocks || (blocks_ < kGroupBlocks && !groups_.at_end())) {
    groups_.fail("a group has " + std::to_string(blocks_) + " blocks; all but the last have 128");
  }
  // Nothing is stored for the first block, for the others the start and the ordinal, and then the
  // end of the last.
  const std::uint64_t needed = (blocks_ - 1) * (starts_.bits + ordinals_.bits) + starts_.bits;
  if (offset > packed_.size() || (needed + 7) / 8 > packed_.size() - offset) {
    groups_.fail("the addresses of " + std::to_string(blocks_) + " blocks take " +
                 std::to_string(needed) + " bits, which are not there");
  }
  bit_ = offset * 8;
}

// The number of the block that comes next on a line: block_ counts the blocks already begun.
std::uint64_t BlockAddressStream::take(const Line& line) {
  const auto byte = static_cast<std::size_t>(bit_ / 8);
  std::uint64_t word = 0;
  std::memcpy(&word, packed_.data() + byte, std::min(sizeof word, packed_.size() - byte));
  const std::uint64_t error = (word >> (bit_ % 8)) & ((std::uint64_t{1} << line.bits) - 1);
  bit_ += line.bits;
  return line.base + block_ * line.slope + error - (std::uint64_t{1} << (line.bits - 1));
}

}  // namespace splitscope::formats
