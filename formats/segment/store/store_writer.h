// Writes a document store, version 2 (tantivy src/store/{writer,store_compressor,footer}.rs).
// Section 3.5 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/segment/store/compression.h"
#include "formats/segment/store/skip_index.h"
#include "formats/segment/store/store_reader.h"

namespace splitscope::formats {

/// Documents in, blocks out; holds one block, its compressed form and the skip index so far.
/// `out` must outlive it and be at the start of the body. Single-threaded. Errors of the sink.
class StoreWriter {
 public:
  /// Store version of index format 7.
  static constexpr std::uint32_t kVersion = 2;
  /// tantivy's docstore_blocksize unless meta.json says otherwise; Quickwit writes 1000000.
  static constexpr std::uint64_t kDefaultBlockBytes = 16384;

  StoreWriter(ComponentWriter& out, const Compression& compression,
              std::uint64_t block_bytes = kDefaultBlockBytes);

  /// Appends an encoded document, which gets the next document id.
  void add(std::span<const std::byte> document);

  /// Stacking: appends the compressed blocks of `store` as they are, window by window. The block in
  /// the making is closed first. Throws UnsupportedFeature when the compressor differs, or when
  /// `store` is of version 1, whose dates would be misread: add() its documents instead.
  void append_blocks(const StoreReader& store);

  [[nodiscard]] std::uint32_t doc_count() const { return next_doc_ + block_docs(); }

  /// Writes the last block, the skip index and the footer; `out` is not finished. Call once, last.
  void finish();

 private:
  [[nodiscard]] std::uint32_t block_docs() const {
    return static_cast<std::uint32_t>(starts_.size() / sizeof(std::uint32_t));
  }
  void close_block();
  void check_doc_count(std::uint64_t added) const;

  ComponentWriter& out_;
  BlockCompressor compressor_;
  std::uint64_t block_bytes_;
  SkipIndexWriter index_;
  ByteBuffer block_;
  // Start of each document in the block, u32le: the tail of the block.
  ByteBuffer starts_;
  std::uint32_t next_doc_ = 0;
};

}  // namespace splitscope::formats
