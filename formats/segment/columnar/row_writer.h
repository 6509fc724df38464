// Writes which rows of a column have a value (tantivy columnar/src/column_index/optional_index/).
// Section 3.6 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"

namespace splitscope::formats {

/// Writes an optional index without its cardinality byte; holds the open block of 65536 rows (8 KiB
/// and up to 10 KiB encoded) and 4 bytes per closed one. Borrows `out`. Single-threaded.
class RowWriter {
 public:
  RowWriter(ComponentWriter& out, std::uint32_t num_rows);

  /// Rows with a value, increasing over all calls and below num_rows: std::logic_error otherwise.
  void put(std::span<const std::uint32_t> rows);
  /// Rows put so far.
  [[nodiscard]] std::uint32_t count() const { return count_; }
  /// Call once, last.
  void finish();

 private:
  void close_block();

  ComponentWriter& out_;
  std::uint32_t num_rows_;
  ByteBuffer buffer_;
  ByteBuffer metas_;
  std::vector<std::uint64_t> bits_;
  std::uint32_t block_ = 0;
  std::uint32_t in_block_ = 0;
  std::uint32_t count_ = 0;
  std::int64_t last_row_ = -1;
};

}  // namespace splitscope::formats
