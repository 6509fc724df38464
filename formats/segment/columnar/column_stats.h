// The statistics that stand before the values of a column (tantivy
// columnar/src/column_values/{stats.rs,u64_based/stats_collector.rs}). Section 3.6 of
// docs/split-format.md.
#pragma once

#include <cstdint>
#include <span>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/byte_reader.h"

namespace splitscope::formats {

/// Statistics of mapped values. Without values all is 0 but gcd, which is 1.
struct ColumnStats {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  /// Greatest common divisor of the differences to the first value; 1 when all values are equal.
  /// Any divisor of all differences makes a legal column.
  std::uint64_t gcd = 1;
  std::uint32_t count = 0;

  /// The largest value that is packed.
  [[nodiscard]] std::uint64_t packed_max() const { return (max - min) / gcd; }

  bool operator==(const ColumnStats&) const = default;
};

/// Exact statistics of values that come in pieces.
class StatsCollector {
 public:
  void add(std::span<const std::uint64_t> values);
  void add(std::uint64_t value) { add({&value, 1}); }
  [[nodiscard]] ColumnStats stats() const;

 private:
  ColumnStats stats_;
  std::uint64_t first_ = 0;
  // 0 while all values are equal.
  std::uint64_t gcd_ = 0;
};

[[nodiscard]] ColumnStats compute_stats(std::span<const std::uint64_t> values);

void write_stats(const ColumnStats& stats, ByteBuffer& out);

/// Throws FormatError for a gcd of 0, a maximum above 64 bits and a count above 32 bits.
[[nodiscard]] ColumnStats read_stats(ByteReader& in);

}  // namespace splitscope::formats
