#include "formats/segment/unsupported.h"

#include "formats/errors.h"

namespace splitscope::formats {
namespace {

[[noreturn]] void refuse(const std::string& file, const std::string& where, std::string_view what,
                         std::string_view action) {
  std::string text = file + ": " + where + ": ";
  text.append(what).append(" cannot be ").append(action);
  throw UnsupportedFeature(text + "; convert, extract and upload take them as they are");
}

std::string_view unsupported_feature(const FieldEntry& field) {
  switch (field.type) {
    case FieldType::kJson:
      return field.indexed || field.fast ? "JSON fields that are indexed or fast" : "";
    case FieldType::kFacet:
      return "facet fields";
    case FieldType::kIp:
      return field.fast ? "ip columns" : "";
    default:
      return "";
  }
}

}  // namespace

void refuse_unsupported(const Schema& schema, const std::string& file, std::string_view action) {
  for (const FieldEntry& field : schema.fields) {
    const std::string_view feature = unsupported_feature(field);
    if (!feature.empty()) refuse(file, "field '" + field.name + "'", feature, action);
  }
}

void refuse_unsupported(const SegmentMeta& segment, const std::string& file,
                        std::string_view action) {
  if (!segment.deletes) return;
  refuse(file, "segment " + segment.file_stem(),
         "segments with deleted documents (" + std::to_string(segment.deletes->num_deleted_docs) +
             " here)",
         action);
}

void refuse_unsupported(const IndexMeta& meta, const std::string& file, std::string_view action) {
  if (meta.settings.sort_by_field) {
    refuse(file, "field '" + meta.settings.sort_by_field->field + "'",
           "indexes that are sorted by a field (sort_by_field)", action);
  }
  refuse_unsupported(meta.schema, file, action);
  for (const SegmentMeta& segment : meta.segments) refuse_unsupported(segment, file, action);
}

}  // namespace splitscope::formats
