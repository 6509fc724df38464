// Writes SSTable dictionaries as tantivy's readers of format 7 and before accept them: no index for
// one block, an index of version 2 for more. Format: tantivy
// sstable/src/{lib,delta}.rs, sstable/src/sstable_index_v3.rs; section 3.1a of
// docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/segment/terms/block_index_builder.h"
#include "formats/segment/terms/block_packer.h"
#include "formats/segment/terms/key_buffer.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// Keys, blocks and the ends of a dictionary; what the three writers below have in common. Offsets
/// in the dictionary count from where `out` stood at construction, so that several dictionaries can
/// go into one file. Memory: one block of some 4000 bytes of keys with its values, and the block
/// index in its final form (a few bytes and a short key per block); what a BlockPacker holds.
/// Single-threaded; borrows `out`.
class SstableWriter {
 public:
  SstableWriter(const SstableWriter&) = delete;
  SstableWriter& operator=(const SstableWriter&) = delete;

  /// Keys inserted so far.
  [[nodiscard]] std::uint64_t num_terms() const { return num_terms_; }

 protected:
  SstableWriter(ComponentWriter& out, DictionaryBlocks blocks)
      : out_(out), start_(out.offset()), packer_(blocks) {}
  ~SstableWriter() = default;

  /// Appends `key`, which must be greater than the one before: std::logic_error otherwise.
  void append_key(std::span<const std::byte> key);
  /// Delta bytes of a block have reached the size at which it is closed.
  [[nodiscard]] bool block_full() const;
  [[nodiscard]] bool block_empty() const { return deltas_.empty(); }
  /// Writes the block: `values`, then its keys.
  void close_block(std::span<const std::byte> values);
  /// Terminator, index and footer. Call once, with no block open.
  void write_end();

  ComponentWriter& out_;

 private:
  std::uint64_t start_;
  KeyBuffer last_key_;
  KeyBuffer separator_;
  ByteBuffer deltas_;
  BlockPacker packer_;
  BlockIndexBuilder index_;
  std::uint64_t num_terms_ = 0;
  std::uint64_t block_first_ordinal_ = 0;
  // The block written last: it goes into the index once the key behind it is known.
  ByteRange pending_;
  std::uint64_t pending_first_ordinal_ = 0;
};

/// Dictionary of a field's terms. finish() also writes the u32 type 2 that ends the field's part of
/// a
/// `.term` file: nothing is left to the caller but the composite file's own footer.
///
///     TermWriter terms(out);                    // out.offset() is where the field begins
///     terms.insert(key, {doc_freq, postings, positions});
///     terms.finish();
class TermWriter : public SstableWriter {
 public:
  explicit TermWriter(ComponentWriter& out, DictionaryBlocks blocks = DictionaryBlocks::kStored)
      : SstableWriter(out, blocks) {}

  /// Keys strictly increasing; ranges go on where those of the term before ended. Anything else is
  /// a std::logic_error, because the format cannot express it.
  void insert(std::span<const std::byte> key, const TermInfo& info);
  void finish();

 private:
  void flush();

  ByteBuffer triples_;
  ByteBuffer values_;
  std::uint64_t block_terms_ = 0;
  TermInfo block_first_;
  TermInfo last_;
};

/// Dictionary of a string or bytes column. finish() ends with the SSTable footer; the column's own
/// lengths are the caller's to write.
class OrdinalWriter : public SstableWriter {
 public:
  explicit OrdinalWriter(ComponentWriter& out, DictionaryBlocks blocks = DictionaryBlocks::kStored)
      : SstableWriter(out, blocks) {}

  /// Returns the ordinal of `key`, which must be greater than the one before.
  std::uint64_t insert(std::span<const std::byte> key);
  void finish();
};

/// Column keys of a `.fast` file. As OrdinalWriter.
class RangeWriter : public SstableWriter {
 public:
  explicit RangeWriter(ComponentWriter& out, DictionaryBlocks blocks = DictionaryBlocks::kStored)
      : SstableWriter(out, blocks) {}

  /// Ranges go on where the one before ended: std::logic_error otherwise.
  void insert(std::span<const std::byte> key, const ByteRange& range);
  void finish();

 private:
  void flush();

  ByteBuffer lengths_;
  ByteBuffer values_;
  std::uint64_t block_terms_ = 0;
  std::uint64_t block_start_ = 0;
  std::uint64_t last_end_ = 0;
};

}  // namespace splitscope::formats
