#include "workloads/merge/fast_fields.h"

#include "formats/segment/field_column_type.h"

namespace splitscope {

std::vector<RequiredColumn> required_columns(const Schema& schema) {
  std::vector<RequiredColumn> columns;
  for (const FieldEntry& field : schema.fields) {
    const auto type = column_type_of(field.type);
    if (field.fast && type) columns.push_back({field.name, *type});
  }
  return columns;
}

}  // namespace splitscope
