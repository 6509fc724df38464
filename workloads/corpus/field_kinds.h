// One maker per family of fields; make_field_builder chooses.
#pragma once

#include <memory>

#include "workloads/corpus/field_builder.h"

namespace splitscope::workloads {

std::unique_ptr<FieldBuilder> make_number_field(const formats::FieldEntry& entry,
                                                const FieldProfile& profile);
std::unique_ptr<FieldBuilder> make_id_field(const formats::FieldEntry& entry,
                                            const FieldProfile& profile);
/// Choices and words.
std::unique_ptr<FieldBuilder> make_vocabulary_field(const formats::FieldEntry& entry,
                                                    const FieldProfile& profile,
                                                    const Vocabulary& vocabulary);

}  // namespace splitscope::workloads
