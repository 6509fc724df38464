// Which column a fast field has (tantivy src/fastfield/writer.rs, src/indexer/merger.rs).
#pragma once

#include <optional>

#include "formats/segment/columnar/column_type.h"
#include "formats/segment/schema.h"

namespace splitscope::formats {

/// Nothing for JSON fields, which have a column per path.
[[nodiscard]] constexpr std::optional<ColumnType> column_type_of(FieldType type) {
  switch (type) {
    case FieldType::kText:
    case FieldType::kFacet:
      return ColumnType::kStr;
    case FieldType::kU64:
      return ColumnType::kU64;
    case FieldType::kI64:
      return ColumnType::kI64;
    case FieldType::kF64:
      return ColumnType::kF64;
    case FieldType::kBool:
      return ColumnType::kBool;
    case FieldType::kDate:
      return ColumnType::kDate;
    case FieldType::kBytes:
      return ColumnType::kBytes;
    case FieldType::kIp:
      return ColumnType::kIp;
    case FieldType::kJson:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace splitscope::formats
