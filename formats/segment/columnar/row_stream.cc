#include "formats/segment/columnar/row_stream.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "formats/codec/byte_reader.h"
#include "formats/segment/columnar/optional_layout.h"

namespace splitscope::formats {

RowStream::RowStream(const SourceRange& range, std::uint32_t num_rows) : num_rows_(num_rows) {
  const Bytes head = range.read(0, std::min(range.size(), kMaxRowCountBytes));
  ByteReader in(head.span(), {range.name(), range.offset()});
  const std::uint64_t rows = in.vint();
  if (rows != num_rows) {
    in.fail("an index of " + std::to_string(rows) + " rows in a file of " +
            std::to_string(num_rows));
  }
  const std::uint64_t blocks_at = in.position();
  if (range.size() - blocks_at < kBlockCountBytes) in.fail("no room for the number of row blocks");
  const std::uint64_t count_at = range.size() - kBlockCountBytes;
  const Bytes tail = range.read(count_at, kBlockCountBytes);
  const std::uint64_t metas_length =
      std::uint64_t{ByteReader(tail.span()).fixed<std::uint16_t>()} * kBlockMetaBytes;
  if (metas_length > count_at - blocks_at) {
    throw range.error(count_at, "row blocks of " + std::to_string(metas_length) +
                                    " bytes of headers in an index of " +
                                    std::to_string(range.size()) + " bytes");
  }
  const std::uint64_t metas_at = count_at - metas_length;
  const Bytes metas = range.read(metas_at, metas_length);
  ByteReader entries(metas.span(), {range.name(), metas_at});
  blocks_.reserve(static_cast<std::size_t>(metas_length / kBlockMetaBytes));
  std::uint64_t length = 0;
  std::uint64_t count = 0;
  while (!entries.at_end()) {
    const auto id = entries.fixed<std::uint16_t>();
    const auto last = entries.fixed<std::uint16_t>();
    if (!blocks_.empty() && id <= blocks_.back().id) entries.fail("row blocks are not in order");
    blocks_.push_back({id, last});
    count += std::uint64_t{last} + 1;
    length += row_block_bytes(std::uint64_t{last} + 1);
  }
  if (length != metas_at - blocks_at || count > num_rows) {
    throw range.error(metas_at, "row blocks for " + std::to_string(count) + " of " +
                                    std::to_string(num_rows) + " rows take " +
                                    std::to_string(length) + " bytes, the index has " +
                                    std::to_string(metas_at - blocks_at));
  }
  count_ = static_cast<std::uint32_t>(count);
  in_ = ScanReader(range, blocks_at, length);
}

std::span<std::uint32_t> RowStream::next() {
  filled_ = 0;
  while (block_ < blocks_.size()) {
    const Block block = blocks_[block_];
    const std::size_t block_now = block_;
    if (is_dense(std::uint64_t{block.last} + 1)) {
      next_dense(block);
    } else {
      next_sparse(block);
    }
    if (block_ == block_now) break;
  }
  return std::span(rows_).first(filled_);
}

void RowStream::push(const Block& block, std::uint32_t in_block) {
  const std::uint32_t row = (std::uint32_t{block.id} << kRowBlockShift) | in_block;
  if (std::int64_t{row} <= last_row_ || row >= num_rows_) {
    in_.fail("row " + std::to_string(row) + " of " + std::to_string(num_rows_) +
             " comes after row " + std::to_string(last_row_));
  }
  last_row_ = row;
  rows_[filled_++] = row;
  ++seen_;
}

void RowStream::end_block(const Block& block) {
  if (seen_ != std::uint32_t{block.last} + 1) {
    in_.fail("a row block holds " + std::to_string(seen_) + " rows and claims " +
             std::to_string(block.last + 1));
  }
  ++block_;
  done_ = 0;
  seen_ = 0;
}

void RowStream::next_sparse(const Block& block) {
  const std::size_t count =
      std::min<std::size_t>(kMaxChunk - filled_, std::size_t{block.last} + 1 - done_);
  const auto bytes = in_.take(count * sizeof(std::uint16_t));
  for (std::size_t i = 0; i < count; ++i) {
    std::uint16_t in_block = 0;
    std::memcpy(&in_block, bytes.data() + i * sizeof in_block, sizeof in_block);
    push(block, in_block);
  }
  done_ += static_cast<std::uint32_t>(count);
  if (done_ == std::uint32_t{block.last} + 1) end_block(block);
}

void RowStream::next_dense(const Block& block) {
  while (done_ < kDenseGroups && kMaxChunk - filled_ >= kDenseGroupRows) {
    const auto group = in_.take(kDenseGroupBytes);
    std::uint64_t bits = 0;
    std::uint16_t rank = 0;
    std::memcpy(&bits, group.data(), sizeof bits);
    std::memcpy(&rank, group.data() + sizeof bits, sizeof rank);
    if (rank != static_cast<std::uint16_t>(seen_)) {
      in_.fail("a group of rows claims " + std::to_string(rank) + " rows before it, there are " +
               std::to_string(seen_));
    }
    for (; bits != 0; bits &= bits - 1) {
      push(block, done_ * kDenseGroupRows + static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
    ++done_;
  }
  if (done_ == kDenseGroups) end_block(block);
}

}  // namespace splitscope::formats
