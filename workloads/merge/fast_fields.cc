#include "workloads/merge/fast_fields.h"

#include <optional>

namespace splitscope {
namespace {

std::optional<ColumnType> column_type_of(FieldType type) {
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

}  // namespace

std::vector<RequiredColumn> required_columns(const Schema& schema) {
  std::vector<RequiredColumn> columns;
  for (const FieldEntry& field : schema.fields) {
    const auto type = column_type_of(field.type);
    if (field.fast && type) columns.push_back({field.name, *type});
  }
  return columns;
}

}  // namespace splitscope
