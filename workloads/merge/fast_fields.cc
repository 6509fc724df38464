#include "workloads/merge/fast_fields.h"

#include "formats/segment/field_column_type.h"

namespace splitscope::workloads {

std::vector<formats::RequiredColumn> required_columns(const formats::Schema& schema) {
  std::vector<formats::RequiredColumn> columns;
  for (const formats::FieldEntry& field : schema.fields) {
    const auto type = formats::column_type_of(field.type);
    if (field.fast && type) columns.push_back({field.name, *type});
  }
  return columns;
}

}  // namespace splitscope::workloads
