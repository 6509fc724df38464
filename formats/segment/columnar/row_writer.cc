#include "formats/segment/columnar/row_writer.h"

#include <bit>
#include <stdexcept>
#include <string>

#include "formats/segment/columnar/optional_layout.h"

namespace splitscope::formats {

RowWriter::RowWriter(ComponentWriter& out, std::uint32_t num_rows)
    : out_(out), num_rows_(num_rows), bits_(kDenseGroups) {
  buffer_.vint(num_rows);
  out_.write(buffer_.span());
  buffer_.clear();
}

void RowWriter::put(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t row : rows) {
    if (std::int64_t{row} <= last_row_ || row >= num_rows_) {
      throw std::logic_error("row " + std::to_string(row) + " of " + std::to_string(num_rows_) +
                             " put after row " + std::to_string(last_row_));
    }
    last_row_ = row;
    const std::uint32_t block = row >> kRowBlockShift;
    if (block != block_) {
      close_block();
      block_ = block;
    }
    const std::uint32_t in_block = row & (kRowBlockRows - 1);
    bits_[in_block / kDenseGroupRows] |= std::uint64_t{1} << (in_block % kDenseGroupRows);
    ++in_block_;
    ++count_;
  }
}

void RowWriter::close_block() {
  if (in_block_ == 0) return;
  buffer_.clear();
  const bool dense = is_dense(in_block_);
  std::uint32_t before = 0;
  for (std::uint32_t group = 0; group < kDenseGroups; ++group) {
    std::uint64_t bits = bits_[group];
    bits_[group] = 0;
    if (dense) {
      buffer_.fixed(bits);
      buffer_.fixed(static_cast<std::uint16_t>(before));
      before += static_cast<std::uint32_t>(std::popcount(bits));
      continue;
    }
    for (; bits != 0; bits &= bits - 1) {
      buffer_.fixed(static_cast<std::uint16_t>(group * kDenseGroupRows +
                                               static_cast<std::uint32_t>(std::countr_zero(bits))));
    }
  }
  out_.write(buffer_.span());
  metas_.fixed(static_cast<std::uint16_t>(block_));
  metas_.fixed(static_cast<std::uint16_t>(in_block_ - 1));
  in_block_ = 0;
}

void RowWriter::finish() {
  close_block();
  metas_.fixed(static_cast<std::uint16_t>(metas_.size() / kBlockMetaBytes));
  out_.write(metas_.span());
}

}  // namespace splitscope::formats
