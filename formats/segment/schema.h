// The schema of an index: what meta.json says about each field. Section 2 of docs/split-format.md;
// tantivy src/schema/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace splitscope::formats {

/// A field's id: its place in the schema.
using Field = std::uint32_t;

enum class FieldType { kText, kU64, kI64, kF64, kBool, kDate, kFacet, kBytes, kJson, kIp };

/// What postings hold beside document ids. Each level includes those before.
enum class IndexRecordOption { kBasic, kFreq, kPosition };

enum class DatePrecision { kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };

/// meta.json's word for it: "text", "json_object", "position", "seconds".
[[nodiscard]] std::string_view to_text(FieldType type);
[[nodiscard]] std::string_view to_text(IndexRecordOption record);
[[nodiscard]] std::string_view to_text(DatePrecision precision);

struct FieldEntry {
  std::string name;
  FieldType type = FieldType::kText;
  /// Has a term dictionary and postings.
  bool indexed = false;
  /// Numeric, date, bool, bytes and facet fields are always kBasic.
  IndexRecordOption record = IndexRecordOption::kBasic;
  /// Text and JSON fields that are indexed; empty otherwise.
  std::string tokenizer;
  /// Has an entry in `.fieldnorm` (only meaningful when indexed).
  bool fieldnorms = false;
  /// Has a column in `.fast`.
  bool fast = false;
  /// Normalizer of a fast text field: "raw" where the option says no more than true.
  std::string fast_tokenizer;
  bool stored = false;
  bool coerce = false;
  /// Date fields only: precision of the column.
  DatePrecision precision = DatePrecision::kSeconds;
  /// The field's `options` as meta.json had them, compact; keeps options that are unknown here.
  /// When empty, they are written from the members above. Clear it after changing one of them.
  std::string options_json;
};

/// Fields in the order of their ids. Plain value.
struct Schema {
  std::vector<FieldEntry> fields;

  [[nodiscard]] std::size_t size() const { return fields.size(); }
  [[nodiscard]] const FieldEntry& operator[](Field field) const { return fields.at(field); }
  [[nodiscard]] std::optional<Field> find(std::string_view name) const;
};

/// Parses the value of meta.json's "schema": an array of {name, type, options}. `file` is what
/// errors call the source. Errors: FormatError names field and option; UnsupportedFeature for an
/// unknown field type.
[[nodiscard]] Schema parse_schema(std::string_view json, const std::string& file);

/// The same value, compact. parse_schema(schema_json(s)) gives an equal schema.
[[nodiscard]] std::string schema_json(const Schema& schema);

/// Why two schemas are not the same (names, types, every option whatever its order in the JSON), in
/// one line; empty when they are. What merge asks before it starts.
[[nodiscard]] std::string schema_difference(const Schema& a, const Schema& b);

}  // namespace splitscope::formats
