#include "formats/segment/terms/block_index.h"

#include <algorithm>
#include <string>

#include "formats/codec/checked.h"
#include "formats/segment/terms/block_addresses.h"
#include "formats/segment/terms/fst_stream.h"
#include "formats/segment/terms/sstable_stream.h"

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kTerminatorBytes = 4;
// Length, kind of compression, and something in it.
constexpr std::uint64_t kMinBlockBytes = 6;
// Keys of an index share prefixes, so that a small file could claim very long ones. A block of some
// 4000 bytes has one key of a few dozen, so that this is enough for terabytes of terms.
constexpr std::uint64_t kMaxKeyBytes = 64ULL << 20;

// Values of the index: LEB128 count and start of the first block, then the length of each block and
// by how much its first ordinal is greater than that of the block before. Both start anew in each
// block of the index.
class BlockAddressValues {
 public:
  [[nodiscard]] std::size_t load(const SstableBlockReader& blocks) {
    // All values are gone through once here to find where the keys begin, and again by next().
    if (left_ > 0) blocks.fail(0, "an index block holds fewer keys than values");
    ByteReader reader(blocks.payload(), blocks.place());
    left_ = reader.leb128();
    value_.bytes.end = reader.leb128();
    value_.first_ordinal = 0;
    at_ = reader.position();
    for (std::uint64_t i = 0; i < left_; ++i) {
      (void)reader.leb128();
      (void)reader.leb128();
    }
    return reader.position();
  }
  void next(const SstableBlockReader& blocks) {
    if (left_ == 0) blocks.fail(0, "an index block holds more keys than values");
    --left_;
    ByteReader reader(blocks.payload().subspan(at_), blocks.place());
    const auto end = checked_add(value_.bytes.end, reader.leb128());
    const auto ordinal = checked_add(value_.first_ordinal, reader.leb128());
    if (!end || !ordinal) blocks.fail(at_, "an address in the dictionary's index is too large");
    at_ += reader.position();
    value_.bytes = {value_.bytes.end, *end};
    value_.first_ordinal = *ordinal;
  }
  [[nodiscard]] const BlockAddress& value() const { return value_; }

 private:
  BlockAddress value_;
  std::uint64_t left_ = 0;
  std::size_t at_ = 0;
};

}  // namespace

BlockIndex::BlockIndex(const SourceRange& dictionary, const SstableFooter& footer) {
  if (footer.index_version == kNestedIndexVersion) {
    load_nested(dictionary, footer);
  } else if (footer.transducer_bytes > 0) {
    load_transducer(dictionary, footer);
  } else {
    whole_ = true;
    entries_.push_back({0, footer.blocks_end, 0, 0});
  }
}

void BlockIndex::load_nested(const SourceRange& dictionary, const SstableFooter& footer) {
  // Writers end the index as they end the blocks; one that is empty altogether is accepted as well.
  SstableBlockReader blocks(dictionary, footer.blocks_end, footer.index_bytes,
                            footer.index_bytes > 0);
  KeyDecoder keys;
  BlockAddressValues values;
  while (blocks.next()) {
    keys.start_block(blocks, values.load(blocks));
    while (!keys.block_done()) {
      keys.next(blocks);
      values.next(blocks);
      append(dictionary, footer, keys.key(), values.value());
    }
  }
  check_end(dictionary, footer);
}

void BlockIndex::load_transducer(const SourceRange& dictionary, const SstableFooter& footer) {
  const Bytes index = dictionary.read(footer.blocks_end, footer.index_bytes);
  const auto transducer_bytes = static_cast<std::size_t>(footer.transducer_bytes);
  FstStream keys(index.span().first(transducer_bytes), {dictionary.name(), footer.blocks_end});
  BlockAddressStream addresses(index.span().subspan(transducer_bytes),
                               {dictionary.name(), footer.blocks_end + footer.transducer_bytes});
  while (addresses.advance()) {
    // Keys come in order, and so do the numbers of the blocks that they are the last of.
    if (!keys.advance() || keys.value() != entries_.size()) {
      throw dictionary.error(footer.blocks_end,
                             "the transducer of the dictionary's index has no key for block " +
                                 std::to_string(entries_.size()));
    }
    append(dictionary, footer, keys.key(), addresses.value());
  }
  if (keys.advance()) {
    throw dictionary.error(footer.blocks_end,
                           "the transducer of the dictionary's index has keys "
                           "for more than its " +
                               std::to_string(entries_.size()) + " blocks");
  }
  check_end(dictionary, footer);
}

void BlockIndex::append(const SourceRange& dictionary, const SstableFooter& footer,
                        std::span<const std::byte> key, const BlockAddress& address) {
  const std::uint64_t expected_start = entries_.empty() ? 0 : entries_.back().end;
  const bool ordinal_follows = entries_.empty()
                                   ? address.first_ordinal == 0
                                   : address.first_ordinal > entries_.back().first_ordinal;
  if (address.bytes.start != expected_start ||
      address.bytes.end > footer.blocks_end - kTerminatorBytes ||
      address.bytes.end < expected_start + kMinBlockBytes || !ordinal_follows ||
      address.first_ordinal >= footer.num_terms) {
    throw dictionary.error(footer.blocks_end,
                           "block " + std::to_string(entries_.size()) +
                               " of the dictionary's index does not follow the block before it");
  }
  if (key.size() > kMaxKeyBytes - keys_.size()) {
    throw dictionary.error(footer.blocks_end, "the keys of the dictionary's index take more than " +
                                                  std::to_string(kMaxKeyBytes) + " bytes");
  }
  keys_.insert(keys_.end(), key.begin(), key.end());
  entries_.push_back({address.bytes.start, address.bytes.end, address.first_ordinal, keys_.size()});
}

void BlockIndex::check_end(const SourceRange& dictionary, const SstableFooter& footer) const {
  if ((entries_.empty() ? 0 : entries_.back().end) == footer.blocks_end - kTerminatorBytes) return;
  throw dictionary.error(footer.blocks_end, "the dictionary's index does not cover its blocks");
}

std::span<const std::byte> BlockIndex::last_key(std::size_t entry) const {
  const std::size_t start = entry == 0 ? 0 : entries_[entry - 1].key_end;
  return std::span(keys_).subspan(start, entries_[entry].key_end - start);
}

std::optional<BlockIndex::Part> BlockIndex::part_of_key(std::span<const std::byte> key) const {
  std::size_t low = 0;
  if (!whole_) {
    std::size_t high = entries_.size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if (compare_keys(last_key(middle), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == entries_.size()) return std::nullopt;
  }
  return Part{{entries_[low].start, entries_[low].end}, entries_[low].first_ordinal, whole_};
}

BlockIndex::Part BlockIndex::part_of_ordinal(std::uint64_t ordinal) const {
  const auto after = std::upper_bound(
      entries_.begin(), entries_.end(), ordinal,
      [](std::uint64_t wanted, const Entry& e) { return wanted < e.first_ordinal; });
  const Entry& entry = *(after - 1);
  return {{entry.start, entry.end}, entry.first_ordinal, whole_};
}

}  // namespace splitscope::formats
