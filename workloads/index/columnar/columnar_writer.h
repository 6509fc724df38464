// Writes a .fast file, version 2, all values bit-packed (tantivy columnar/src/columnar/writer/
// serializer.rs, columnar/src/column/serialize.rs). Section 3.6 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "workloads/codec/byte_buffer.h"
#include "workloads/codec/component_writer.h"
#include "workloads/index/columnar/column_stats.h"
#include "workloads/index/columnar/column_type.h"

namespace splitscope {

/// Columns in the order of (name, type code), each in one pass:
///   begin_numeric(name, type, stats), put(values)..., end()
///   begin_string(name, type), put_key(key)..., begin_ordinals(stats), put(ordinals)..., end()
/// A column that not every row has a value of puts, directly before the values:
///   optional:    begin_rows(Cardinality::kOptional), put_rows(rows)...
///   multivalued: begin_rows(Cardinality::kMultivalued), put_rows(rows)...,
///                begin_starts(number of those rows, number of values), put_starts(starts)...
/// in which case a numeric column is begun by begin_column and its values by begin_values.
/// Holds no column, only the column dictionary. `out` must outlive it. Single-threaded.
/// Errors: std::logic_error for calls out of this order or counts that do not fit the statistics;
/// those of the sink.
class ColumnarWriter {
 public:
  /// `out` must be at the start of the body.
  ColumnarWriter(ComponentWriter& out, std::uint32_t num_rows);
  ~ColumnarWriter();
  ColumnarWriter(const ColumnarWriter&) = delete;
  ColumnarWriter& operator=(const ColumnarWriter&) = delete;

  void begin_numeric(std::string_view name, ColumnType type, const ColumnStats& stats) {
    begin_column(name, type);
    begin_values(stats);
  }
  void begin_string(std::string_view name, ColumnType type) { begin_column(name, type); }
  void begin_ordinals(const ColumnStats& stats) { begin_values(stats); }

  void begin_column(std::string_view name, ColumnType type);
  /// Keys of the dictionary, strictly increasing as bytes; the first has ordinal 0.
  void put_key(std::span<const std::byte> key);
  void put_key(std::string_view key) { put_key(std::as_bytes(std::span(key))); }
  void begin_rows(Cardinality cardinality);
  /// Strictly increasing over all calls.
  void put_rows(std::span<const std::uint32_t> rows);
  void begin_starts(std::uint32_t rows_with_values, std::uint32_t num_values);
  /// 0 first, number of values last.
  void put_starts(std::span<const std::uint64_t> starts);
  /// `stats` must hold for the values to come: bounds, divisor, count.
  void begin_values(const ColumnStats& stats);
  /// Mapped values (monotone_map.h) or ordinals.
  void put(std::span<const std::uint64_t> values);
  void end();

  /// Writes the column dictionary and the columnar footer; `out` is not finished. Call once, last.
  void finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A whole full column at once, statistics included: what generators and tests write.
void write_numeric_column(ColumnarWriter& out, std::string_view name, ColumnType type,
                          std::span<const std::uint64_t> values);

}  // namespace splitscope
