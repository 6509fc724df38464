// Reads a document store (tantivy src/store/{reader,footer}.rs): compressed blocks, skip index,
// 28-byte footer. Section 3.5 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/codec/scan_reader.h"
#include "formats/codec/source_range.h"
#include "formats/segment/store/compression.h"
#include "formats/segment/store/skip_index.h"

namespace splitscope::formats {

/// An open store: footer and leaf layer of the skip index are read at once, blocks on demand. Must
/// not outlive the source of its range. Immutable: threads may share it.
class StoreReader {
 public:
  /// `body` is a .store file without tantivy's file footer. Throws FormatError; UnsupportedFeature
  /// for a compressor other than none, lz4 and zstd and for a version other than 1 and 2.
  explicit StoreReader(const SourceRange& body);

  /// 1 (index format 6 and before) or 2. Blocks differ in their dates, microseconds and
  /// nanoseconds; documents are handed out with nanoseconds from both.
  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] Compressor compressor() const { return compressor_; }
  [[nodiscard]] std::uint32_t doc_count() const { return index_.doc_count(); }
  [[nodiscard]] std::size_t blocks() const { return index_.size(); }
  /// Block number `block`, below blocks().
  [[nodiscard]] Checkpoint checkpoint(std::size_t block) const { return index_[block]; }
  /// All compressed blocks: what stacking copies.
  [[nodiscard]] const SourceRange& block_area() const { return blocks_; }

  /// Throws FormatError with both numbers unless there are `max_doc` documents, as meta.json says.
  void expect_documents(std::uint32_t max_doc) const;

  /// Random access: the bytes of `doc` go to `document` (its capacity is re-used). Reads and
  /// decompresses the one block that holds it. Throws FormatError; UnsupportedFeature as
  /// upgrade_dates; RangeError when there is no such document.
  void read_document(std::uint32_t doc, std::vector<std::byte>& document) const;

 private:
  friend class DocumentReader;
  friend class DocumentStream;

  [[nodiscard]] std::size_t block_of(std::uint32_t doc) const;

  SourceRange blocks_;
  SkipIndex index_;
  std::uint32_t version_ = 0;
  Compressor compressor_ = Compressor::kNone;
};

/// Documents of a store in any order; holds the block that it read last, as tantivy's reader with a
/// cache of one does, and of a version 1 store one document. Must not outlive the reader.
/// Single-threaded.
class DocumentReader {
 public:
  explicit DocumentReader(const StoreReader& store);

  /// The bytes of `doc`, valid until the next call. Reads and decompresses its block unless the
  /// call before was for the same one. Errors as StoreReader::read_document.
  [[nodiscard]] std::span<const std::byte> read(std::uint32_t doc);

 private:
  const StoreReader& store_;
  BlockDecompressor decompressor_;
  // An uncompressed block is a view of it.
  Bytes stored_;
  std::span<const std::byte> block_;
  std::size_t block_number_;
  // The document with its dates changed, of version 1 stores.
  std::vector<std::byte> upgraded_;
};

/// All documents of a store in order, in one scan of its blocks; holds one decompressed block and,
/// of a version 1 store, one document. Must not outlive the reader. Single-threaded.
class DocumentStream {
 public:
  explicit DocumentStream(const StoreReader& store);

  /// Goes to the next document; false after the last one. Throws FormatError; UnsupportedFeature as
  /// upgrade_dates.
  [[nodiscard]] bool advance();
  /// Bytes of the current document; valid until the next advance().
  [[nodiscard]] std::span<const std::byte> document() const { return document_; }
  [[nodiscard]] std::uint32_t doc() const { return doc_; }

 private:
  void next_block();

  const StoreReader& store_;
  ScanReader in_;
  BlockDecompressor decompressor_;
  std::span<const std::byte> block_;
  std::span<const std::byte> document_;
  // The document with its dates changed, of version 1 stores.
  std::vector<std::byte> upgraded_;
  std::size_t next_block_ = 0;
  std::uint32_t doc_ = 0;
  std::uint32_t in_block_ = 0;
  std::uint32_t block_docs_ = 0;
};

}  // namespace splitscope::formats
