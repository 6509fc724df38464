#include "formats/segment/store/store_writer.h"

#include <array>
#include <limits>
#include <string>

#include "formats/codec/scan_reader.h"
#include "formats/errors.h"
#include "formats/segment/limits.h"

namespace splitscope::formats {
namespace {

constexpr std::size_t kReservedBytes = 15;
// What tantivy counts per document of a block besides its bytes: a usize, though 4 bytes are
// written.
constexpr std::uint64_t kCountedBytesPerDoc = 8;
// The block buffer grows by doubling above this; a larger block size is reserved piece by piece.
constexpr std::uint64_t kMaxReserve = 4ULL << 20;

}  // namespace

StoreWriter::StoreWriter(ComponentWriter& out, const Compression& compression,
                         std::uint64_t block_bytes)
    : out_(out), compressor_(compression), block_bytes_(block_bytes) {
  block_.reserve(static_cast<std::size_t>(block_bytes < kMaxReserve ? block_bytes : kMaxReserve));
}

void StoreWriter::check_doc_count(std::uint64_t added) const {
  if (added <= kMaxDocs - doc_count()) return;
  throw UnsupportedFeature("a store of more than " + std::to_string(kMaxDocs) +
                           " documents: a segment cannot have more; merge fewer splits");
}

void StoreWriter::add(std::span<const std::byte> document) {
  check_doc_count(1);
  // Starts are u32 in the block.
  if (document.size() > std::numeric_limits<std::uint32_t>::max() - block_.size()) close_block();
  starts_.fixed(static_cast<std::uint32_t>(block_.size()));
  block_.bytes(document);
  if (block_.size() + kCountedBytesPerDoc * block_docs() > block_bytes_) close_block();
}

void StoreWriter::close_block() {
  const std::uint32_t docs = block_docs();
  if (docs == 0) return;
  block_.bytes(starts_.span());
  block_.fixed(docs);
  const auto stored = compressor_.compress(block_.span());
  index_.add({next_doc_, docs, out_.offset(), stored.size()});
  out_.write(stored);
  next_doc_ += docs;
  block_.clear();
  starts_.clear();
}

void StoreWriter::append_blocks(const StoreReader& store) {
  const std::string& file = store.block_area().name();
  if (store.compressor() != compressor_.compression().compressor) {
    throw UnsupportedFeature(shown_name(file) + ": stacking blocks of " +
                             std::string(compressor_name(store.compressor())) + " on a store of " +
                             format_compression(compressor_.compression()) +
                             "; its documents must be compressed anew");
  }
  if (store.version() != kVersion) {
    throw UnsupportedFeature(shown_name(file) + ": stacking a store of version " +
                             std::to_string(store.version()) +
                             ", whose dates are in microseconds, on one of version 2");
  }
  close_block();
  check_doc_count(store.doc_count());
  const std::uint64_t begin = out_.offset();
  const std::uint32_t first_doc = next_doc_;
  ScanReader in(store.block_area());
  for (auto part = in.take_some(in.remaining()); !part.empty();
       part = in.take_some(in.remaining())) {
    out_.write(part);
  }
  for (std::size_t block = 0; block < store.blocks(); ++block) {
    Checkpoint checkpoint = store.checkpoint(block);
    checkpoint.first_doc += first_doc;
    checkpoint.offset += begin;
    index_.add(checkpoint);
  }
  next_doc_ += store.doc_count();
}

void StoreWriter::finish() {
  close_block();
  const std::uint64_t index_at = out_.offset();
  index_.finish(out_);
  ByteBuffer footer;
  footer.fixed(kVersion);
  footer.fixed(index_at);
  footer.fixed(compressor_.compression().compressor);
  const std::array<std::byte, kReservedBytes> reserved{};
  footer.bytes(reserved);
  out_.write(footer.span());
}

}  // namespace splitscope::formats
