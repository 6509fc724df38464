// Types and cardinalities of columns (tantivy columnar/src/columnar/column_type.rs, lib.rs).
#pragma once

#include <cstdint>
#include <string_view>

namespace splitscope::formats {

/// The codes are those of the column key.
enum class ColumnType : std::uint8_t {
  kI64 = 0,
  kU64 = 1,
  kF64 = 2,
  kBytes = 3,
  kStr = 4,
  kBool = 5,
  kIp = 6,
  kDate = 7,
};

/// "i64", "u64", "f64", "bytes", "str", "bool", "ip", "date".
[[nodiscard]] std::string_view column_type_name(ColumnType type);

/// Columns whose values are ordinals of a dictionary of their own.
[[nodiscard]] constexpr bool has_dictionary(ColumnType type) {
  return type == ColumnType::kBytes || type == ColumnType::kStr;
}

/// How many values a row has. The codes are those of the column index.
enum class Cardinality : std::uint8_t {
  kFull = 0,
  kOptional = 1,
  kMultivalued = 2,
};

[[nodiscard]] std::string_view cardinality_name(Cardinality cardinality);

}  // namespace splitscope::formats
