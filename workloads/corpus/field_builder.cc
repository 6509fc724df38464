#include "workloads/corpus/field_builder.h"

#include "workloads/corpus/field_kinds.h"

namespace splitscope::workloads {

std::unique_ptr<FieldBuilder> make_field_builder(const formats::FieldEntry& entry,
                                                 const FieldProfile& profile,
                                                 const Vocabulary* vocabulary) {
  switch (profile.kind) {
    case FieldProfile::Kind::kChoice:
    case FieldProfile::Kind::kWords:
      return make_vocabulary_field(entry, profile, *vocabulary);
    case FieldProfile::Kind::kId:
      return make_id_field(entry, profile);
    default:
      return make_number_field(entry, profile);
  }
}

}  // namespace splitscope::workloads
