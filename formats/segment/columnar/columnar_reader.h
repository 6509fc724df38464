// Reads a .fast file (tantivy columnar/src/columnar/reader/mod.rs,
// columnar/src/column/serialize.rs). Section 3.6 of docs/split-format.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/columnar/column_stats.h"
#include "formats/segment/columnar/column_type.h"
#include "formats/segment/columnar/row_stream.h"
#include "formats/segment/columnar/value_stream.h"

namespace splitscope::formats {

/// One entry of the column dictionary.
struct ColumnEntry {
  std::string name;
  ColumnType type = ColumnType::kU64;
  /// Its errors name the file and the column.
  SourceRange range;
};

/// An opened column: where its parts lie. Nothing of the rows is held; streams read on demand.
/// Cheap to copy; must not outlive the source.
class Column {
 public:
  /// File, name and type, as errors call it.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ColumnType type() const { return type_; }
  [[nodiscard]] Cardinality cardinality() const { return cardinality_; }
  [[nodiscard]] std::uint32_t num_rows() const { return num_rows_; }
  /// Statistics of the mapped values, or of the ordinals of a str or bytes column.
  [[nodiscard]] const ColumnStats& stats() const { return values_.stats(); }
  [[nodiscard]] ValueCodec codec() const { return values_.codec(); }
  /// For str and bytes columns: an SSTable without values, keys in order of their ordinals.
  [[nodiscard]] const SourceRange& dictionary() const { return dictionary_; }

  /// All values, or ordinals, row by row.
  [[nodiscard]] ValueStream values() const { return ValueStream(values_); }
  /// The rows that have values. Of optional columns and, in version 2, multivalued ones.
  [[nodiscard]] RowStream rows() const { return {rows_, num_rows_}; }
  /// For multivalued columns: where the values of each row begin in values(), and the end. One
  /// start per row of rows() plus one; in version 1 one per row of the column plus one.
  [[nodiscard]] ValueStream starts() const { return ValueStream(starts_); }
  [[nodiscard]] std::uint32_t num_starts() const { return starts_.stats().count; }
  /// Version of the file: 1 or 2.
  [[nodiscard]] std::uint32_t version() const { return version_; }

 private:
  friend class ColumnarReader;

  std::string name_;
  ColumnType type_ = ColumnType::kU64;
  Cardinality cardinality_ = Cardinality::kFull;
  std::uint32_t version_ = 0;
  std::uint32_t num_rows_ = 0;
  SourceRange dictionary_;
  SourceRange rows_;
  ValueLayout starts_;
  ValueLayout values_;
};

/// An open .fast file: the list of its columns. Must not outlive the source of its range.
/// Immutable: threads may share it.
class ColumnarReader {
 public:
  /// `body` is a .fast file without tantivy's file footer. Reads the columnar footer and the column
  /// dictionary. Throws FormatError; UnsupportedFeature for a version other than 1 and 2.
  explicit ColumnarReader(const SourceRange& body);

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] std::uint32_t version() const { return version_; }
  [[nodiscard]] std::uint32_t num_rows() const { return num_rows_; }
  /// Throws FormatError with both numbers unless there are `max_doc` rows, as meta.json says.
  void expect_rows(std::uint32_t max_doc) const;
  /// In the order of (name, type code).
  [[nodiscard]] std::span<const ColumnEntry> columns() const { return columns_; }
  /// Null when there is none.
  [[nodiscard]] const ColumnEntry* find(std::string_view name, ColumnType type) const;

  /// Reads the frame of a column: lengths, cardinality, statistics. Throws FormatError;
  /// UnsupportedFeature for ip columns.
  [[nodiscard]] Column open(const ColumnEntry& entry) const;

 private:
  std::string file_;
  std::uint64_t footer_at_ = 0;
  std::uint32_t version_ = 0;
  std::uint32_t num_rows_ = 0;
  std::vector<ColumnEntry> columns_;
};

}  // namespace splitscope::formats
