// The index of an SSTable's blocks, in memory: which block may hold a key or an ordinal.
// Format: tantivy sstable/src/sstable_index_v2.rs, sstable_index_v3.rs, sstable/src/value/index.rs;
// section 3.1a of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/terms/block_addresses.h"
#include "formats/segment/terms/sstable_footer.h"

namespace splitscope::formats {

/// Immutable once read; both kinds of index are held in the same form, some 32 bytes and a short
/// key per block. Where the dictionary has none, because it has one block, there is one entry for
/// all.
class BlockIndex {
 public:
  struct Part {
    ByteRange bytes;
    std::uint64_t first_ordinal = 0;
    /// The range ends with the terminator of the blocks.
    bool terminated = false;
  };

  /// One read of the index. Throws FormatError.
  BlockIndex(const SourceRange& dictionary, const SstableFooter& footer);

  /// Where `key` is if it is anywhere; nothing when it lies behind the last key.
  [[nodiscard]] std::optional<Part> part_of_key(std::span<const std::byte> key) const;
  /// Where key number `ordinal` is; it must be less than the number of terms.
  [[nodiscard]] Part part_of_ordinal(std::uint64_t ordinal) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t start;
    std::uint64_t end;
    std::uint64_t first_ordinal;
    std::size_t key_end;
  };

  void load_nested(const SourceRange& dictionary, const SstableFooter& footer);
  void load_transducer(const SourceRange& dictionary, const SstableFooter& footer);
  void append(const SourceRange& dictionary, const SstableFooter& footer,
              std::span<const std::byte> key, const BlockAddress& address);
  void check_end(const SourceRange& dictionary, const SstableFooter& footer) const;
  [[nodiscard]] std::span<const std::byte> last_key(std::size_t entry) const;

  std::vector<Entry> entries_;
  std::vector<std::byte> keys_;
  bool whole_ = false;
};

}  // namespace splitscope::formats
