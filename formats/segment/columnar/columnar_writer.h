// Writes a .fast file, version 2 (tantivy columnar/src/columnar/writer/serializer.rs,
// columnar/src/column/serialize.rs). Section 3.6 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/component_writer.h"
#include "formats/segment/columnar/column_type.h"
#include "formats/segment/columnar/value_plan.h"
#include "formats/segment/terms/block_packer.h"

namespace splitscope::formats {

/// Columns in the order of (name, type code), each in one pass:
///   begin_numeric(name, type, plan), put(values)..., end()
///   begin_string(name, type), put_key(key)..., begin_ordinals(plan), put(ordinals)..., end()
/// A column that not every row has a value of puts, directly before the values:
///   optional:    begin_rows(Cardinality::kOptional), put_rows(rows)...
///   multivalued: begin_rows(Cardinality::kMultivalued), put_rows(rows)...,
///                begin_starts(plan of the starts), put_starts(starts)...
/// in which case a numeric column is begun by begin_column and its values by begin_values. Plans
/// (value_plan.h) say how numbers are packed; a ValuePlanner makes them in a pass of its own.
/// Holds no column, only the column dictionary. `out` must outlive it. Single-threaded.
/// Errors: std::logic_error for calls out of this order or counts that do not fit the statistics;
/// those of the sink.
class ColumnarWriter {
 public:
  /// `out` must be at the start of the body. `blocks` are those of every dictionary.
  ColumnarWriter(ComponentWriter& out, std::uint32_t num_rows,
                 DictionaryBlocks blocks = DictionaryBlocks::kStored);
  ~ColumnarWriter();
  ColumnarWriter(const ColumnarWriter&) = delete;
  ColumnarWriter& operator=(const ColumnarWriter&) = delete;

  void begin_numeric(std::string_view name, ColumnType type, const ValuePlan& plan) {
    begin_column(name, type);
    begin_values(plan);
  }
  void begin_string(std::string_view name, ColumnType type) { begin_column(name, type); }
  void begin_ordinals(const ValuePlan& plan) { begin_values(plan); }

  void begin_column(std::string_view name, ColumnType type);
  /// Keys of the dictionary, strictly increasing as bytes; the first has ordinal 0.
  void put_key(std::span<const std::byte> key);
  void put_key(std::string_view key) { put_key(std::as_bytes(std::span(key))); }
  void begin_rows(Cardinality cardinality);
  /// Strictly increasing over all calls.
  void put_rows(std::span<const std::uint32_t> rows);
  /// One start for each of the rows put, 0 first, and at the end the number of values.
  void begin_starts(const ValuePlan& plan);
  void put_starts(std::span<const std::uint64_t> starts);
  /// `plan` must hold for the values to come: bounds, divisor, count.
  void begin_values(const ValuePlan& plan);
  /// Mapped values (monotone_map.h) or ordinals.
  void put(std::span<const std::uint64_t> values);
  void end();

  /// Writes the column dictionary and the columnar footer; `out` is not finished. Call once, last.
  void finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// A whole full column at once, planned as tantivy would: what generators and tests write.
void write_numeric_column(ColumnarWriter& out, std::string_view name, ColumnType type,
                          std::span<const std::uint64_t> values);

}  // namespace splitscope::formats
