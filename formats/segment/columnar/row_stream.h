// Which rows of a column have a value (tantivy columnar/src/column_index/optional_index/).
// Section 3.6 of docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/codec/scan_reader.h"
#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// The rows with a value, in increasing order, in one scan of an optional index. Holds 4 bytes per
/// 65536 rows besides one block's worth of fixed buffers. Single-threaded.
class RowStream {
 public:
  static constexpr std::size_t kMaxChunk = 1024;

  /// `range` is an optional index without the cardinality byte. Throws FormatError, also when it is
  /// not for `num_rows` rows.
  RowStream(const SourceRange& range, std::uint32_t num_rows);

  /// Rows with a value.
  [[nodiscard]] std::uint32_t count() const { return count_; }

  /// The next 1 to kMaxChunk rows; empty after the last one. Valid until the next call; the caller
  /// may change them in place. Throws FormatError.
  [[nodiscard]] std::span<std::uint32_t> next();

 private:
  struct Block {
    std::uint16_t id;
    // Values minus one.
    std::uint16_t last;
  };

  void next_sparse(const Block& block);
  void next_dense(const Block& block);
  void push(const Block& block, std::uint32_t in_block);
  void end_block(const Block& block);

  ScanReader in_;
  std::vector<Block> blocks_;
  std::uint32_t num_rows_ = 0;
  std::uint32_t count_ = 0;
  std::size_t block_ = 0;
  // Progress in the current block: values (sparse) or 64-row groups (dense) done, and values seen.
  std::uint32_t done_ = 0;
  std::uint32_t seen_ = 0;
  std::int64_t last_row_ = -1;
  std::size_t filled_ = 0;
  std::array<std::uint32_t, kMaxChunk> rows_;
};

}  // namespace splitscope::formats
