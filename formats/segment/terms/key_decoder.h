// Rebuilds the keys of an SSTable block, each of which is stored as what it adds to the one before.
// Format: tantivy sstable/src/delta.rs; section 3.1a of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/segment/terms/key_buffer.h"
#include "formats/segment/terms/sstable_block_reader.h"

namespace splitscope::formats {

/// Marks the long form of a delta: two LEB128 numbers follow. As a short form it would mean "keep
/// one byte, add none", which increasing keys never need.
inline constexpr std::byte kLongDelta{0x01};
/// Below this both lengths fit one byte, four bits each.
inline constexpr std::size_t kShortDeltaLimit = 16;

/// Keys go on from block to block, so that the order is checked across them too. Single-threaded.
class KeyDecoder {
 public:
  [[nodiscard]] std::span<const std::byte> key() const { return key_.span(); }
  [[nodiscard]] bool block_done() const { return at_ == end_; }

  /// Starts on the keys of the current block of `blocks`, which begin at `offset` of its payload.
  void start_block(const SstableBlockReader& blocks, std::size_t offset) {
    begin_ = blocks.payload().data();
    at_ = begin_ + offset;
    end_ = begin_ + blocks.payload().size();
  }

  /// Next key of the block; call only when !block_done(). Throws FormatError on a malformed delta
  /// and on a key that is not greater than the one before.
  void next(const SstableBlockReader& blocks) {
    const std::byte head = *at_++;
    std::size_t keep = std::to_integer<std::size_t>(head) & 0x0F;
    std::size_t add = std::to_integer<std::size_t>(head) >> 4;
    if (head == kLongDelta) read_long(blocks, keep, add);
    const std::size_t previous = key_.size();
    if (keep > previous || add > static_cast<std::size_t>(end_ - at_)) {
      fail_lengths(blocks, keep, add);
    }
    // A delta keeps all that it shares with the key before, so that one byte decides; only the
    // first of a block keeps nothing and needs the comparison.
    const bool greater = keep == previous ? add > 0 || first_ : add > 0 && *at_ > key_.span()[keep];
    if (!greater && compare_keys({at_, add}, key_.span().subspan(keep)) <= 0) fail_order(blocks);
    first_ = false;
    key_.replace_tail(keep, {at_, add});
    at_ += add;
  }

 private:
  void read_long(const SstableBlockReader& blocks, std::size_t& keep, std::size_t& add);
  [[noreturn]] void fail_lengths(const SstableBlockReader& blocks, std::size_t keep,
                                 std::size_t add) const;
  [[noreturn]] void fail_order(const SstableBlockReader& blocks) const;
  [[nodiscard]] std::uint64_t position() const { return static_cast<std::uint64_t>(at_ - begin_); }

  KeyBuffer key_;
  const std::byte* begin_ = nullptr;
  const std::byte* at_ = nullptr;
  const std::byte* end_ = nullptr;
  bool first_ = true;
};

}  // namespace splitscope::formats
