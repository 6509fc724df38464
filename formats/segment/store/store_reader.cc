#include "formats/segment/store/store_reader.h"

#include <cstring>
#include <string>

#include "base/errors.h"
#include "formats/codec/byte_reader.h"
#include "formats/segment/store/document.h"

namespace splitscope::formats {
namespace {

// u32le version, u64le offset of the skip index, u8 compressor, 15 zero bytes.
constexpr std::uint64_t kFooterBytes = 28;
constexpr std::uint32_t kVersionOfMicroseconds = 1;
constexpr std::uint32_t kVersionOfNanoseconds = 2;
constexpr std::size_t kU32Bytes = sizeof(std::uint32_t);

Compressor compressor_of(std::uint8_t code, const std::string& file) {
  const auto compressor = static_cast<Compressor>(code);
  switch (compressor) {
    case Compressor::kNone:
    case Compressor::kLz4:
    case Compressor::kZstd:
      return compressor;
  }
  throw UnsupportedFeature(shown_name(file) + ": store compressor " + std::to_string(code) +
                           "; none (0), lz4 (1) and zstd (4) are supported");
}

std::uint32_t u32_at(std::span<const std::byte> bytes, std::uint64_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, kU32Bytes);
  return value;
}

// The frame of a decompressed block: documents, start of each, count.
struct BlockFrame {
  std::uint32_t docs = 0;
  std::uint64_t starts_at = 0;
};

BlockFrame frame_of(std::span<const std::byte> block, const Checkpoint& checkpoint,
                    const std::string& file) {
  const auto fail = [&](const std::string& problem) -> FormatError {
    return {
        file, checkpoint.offset,
        "the block of documents from " + std::to_string(checkpoint.first_doc) + " on " + problem};
  };
  if (block.size() < kU32Bytes) throw fail("is too short for its document count");
  BlockFrame frame;
  frame.docs = u32_at(block, block.size() - kU32Bytes);
  if (frame.docs != checkpoint.doc_count) {
    throw fail("holds " + std::to_string(frame.docs) + " documents, the skip index says " +
               std::to_string(checkpoint.doc_count));
  }
  const std::uint64_t tail = (std::uint64_t{frame.docs} + 1) * kU32Bytes;
  if (tail > block.size()) throw fail("is too short for its document offsets");
  frame.starts_at = block.size() - tail;
  return frame;
}

std::span<const std::byte> document_in(std::span<const std::byte> block, const BlockFrame& frame,
                                       std::uint32_t index, const Checkpoint& checkpoint,
                                       const std::string& file) {
  const std::uint64_t begin = u32_at(block, frame.starts_at + std::uint64_t{index} * kU32Bytes);
  const std::uint64_t end =
      index + 1 == frame.docs
          ? frame.starts_at
          : u32_at(block, frame.starts_at + (std::uint64_t{index} + 1) * kU32Bytes);
  if (begin > end || end > frame.starts_at) {
    throw FormatError(file, checkpoint.offset,
                      "document " + std::to_string(checkpoint.first_doc + index) + " lies at " +
                          std::to_string(begin) + ".." + std::to_string(end) + " of a block with " +
                          std::to_string(frame.starts_at) + " bytes of documents");
  }
  return block.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

}  // namespace

StoreReader::StoreReader(const SourceRange& body) {
  if (body.size() < kFooterBytes) {
    throw body.error(0, "a store of " + std::to_string(body.size()) +
                            " bytes has no room for its footer of " + std::to_string(kFooterBytes));
  }
  const std::uint64_t footer_at = body.size() - kFooterBytes;
  const Bytes footer = body.read(footer_at, kFooterBytes);
  ByteReader in(footer.span(), {body.name(), footer_at});
  version_ = in.fixed<std::uint32_t>();
  if (version_ != kVersionOfMicroseconds && version_ != kVersionOfNanoseconds) {
    throw UnsupportedFeature(shown_name(body.name()) + ": store version " +
                             std::to_string(version_) + "; 1 and 2 are supported");
  }
  const auto index_at = in.fixed<std::uint64_t>();
  if (index_at > footer_at) {
    throw body.error(footer_at, "the skip index is said to lie at " + std::to_string(index_at) +
                                    ", behind the footer");
  }
  compressor_ = compressor_of(in.fixed<std::uint8_t>(), body.name());
  blocks_ = body.slice(0, index_at);
  index_ = SkipIndex::read(body.slice(index_at, footer_at - index_at), index_at);
}

void StoreReader::expect_documents(std::uint32_t max_doc) const {
  if (doc_count() == max_doc) return;
  throw blocks_.error(blocks_.size(), "the store has " + std::to_string(doc_count()) +
                                          " documents, meta.json says " + std::to_string(max_doc));
}

std::size_t StoreReader::block_of(std::uint32_t doc) const {
  if (doc < doc_count()) return index_.find(doc);
  throw RangeError(blocks_.name() + ": document " + std::to_string(doc) +
                   " asked for, the store has " + std::to_string(doc_count()));
}

void StoreReader::read_document(std::uint32_t doc, std::vector<std::byte>& document) const {
  DocumentReader reader(*this);
  const auto part = reader.read(doc);
  document.assign(part.begin(), part.end());
}

DocumentReader::DocumentReader(const StoreReader& store)
    : store_(store), decompressor_(store.compressor()), block_number_(store.blocks()) {}

std::span<const std::byte> DocumentReader::read(std::uint32_t doc) {
  const SourceRange& blocks = store_.block_area();
  const std::size_t number = store_.block_of(doc);
  const Checkpoint checkpoint = store_.checkpoint(number);
  if (number != block_number_) {
    // What was held goes back before more is asked for.
    block_number_ = store_.blocks();
    block_ = {};
    stored_.reset();
    stored_ = blocks.read(checkpoint.offset, checkpoint.length);
    block_ = decompressor_.decompress(stored_.span(), blocks.name(), checkpoint.offset);
    if (store_.compressor() != Compressor::kNone) stored_.reset();
    block_number_ = number;
  }
  const BlockFrame frame = frame_of(block_, checkpoint, blocks.name());
  const auto document =
      document_in(block_, frame, doc - checkpoint.first_doc, checkpoint, blocks.name());
  if (store_.version() != kVersionOfMicroseconds) return document;
  upgraded_.assign(document.begin(), document.end());
  upgrade_dates(upgraded_, {blocks.name(), checkpoint.offset});
  return upgraded_;
}

DocumentStream::DocumentStream(const StoreReader& store)
    : store_(store), in_(store.blocks_), decompressor_(store.compressor_) {}

bool DocumentStream::advance() {
  while (in_block_ == block_docs_) {
    if (next_block_ == store_.blocks()) {
      document_ = {};
      return false;
    }
    next_block();
  }
  const Checkpoint checkpoint = store_.index_[next_block_ - 1];
  const BlockFrame frame{block_docs_, block_.size() - (std::uint64_t{block_docs_} + 1) * kU32Bytes};
  document_ = document_in(block_, frame, in_block_, checkpoint, in_.name());
  doc_ = checkpoint.first_doc + in_block_;
  ++in_block_;
  if (store_.version_ == kVersionOfMicroseconds) {
    upgraded_.assign(document_.begin(), document_.end());
    upgrade_dates(upgraded_, {in_.name(), checkpoint.offset});
    document_ = upgraded_;
  }
  return true;
}

void DocumentStream::next_block() {
  const Checkpoint checkpoint = store_.index_[next_block_];
  const auto stored = in_.take(static_cast<std::size_t>(checkpoint.length));
  block_ = decompressor_.decompress(stored, in_.name(), checkpoint.offset);
  block_docs_ = frame_of(block_, checkpoint, in_.name()).docs;
  in_block_ = 0;
  ++next_block_;
}

}  // namespace splitscope::formats
