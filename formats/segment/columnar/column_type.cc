#include "formats/segment/columnar/column_type.h"

namespace splitscope::formats {

std::string_view column_type_name(ColumnType type) {
  switch (type) {
    case ColumnType::kI64:
      return "i64";
    case ColumnType::kU64:
      return "u64";
    case ColumnType::kF64:
      return "f64";
    case ColumnType::kBytes:
      return "bytes";
    case ColumnType::kStr:
      return "str";
    case ColumnType::kBool:
      return "bool";
    case ColumnType::kIp:
      return "ip";
    case ColumnType::kDate:
      return "date";
  }
  return "unknown";
}

std::string_view cardinality_name(Cardinality cardinality) {
  switch (cardinality) {
    case Cardinality::kFull:
      return "full";
    case Cardinality::kOptional:
      return "optional";
    case Cardinality::kMultivalued:
      return "multivalued";
  }
  return "unknown";
}

}  // namespace splitscope::formats
