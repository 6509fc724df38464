// Draws the values of one field, document by document, and then writes the field's parts of a
// segment.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "formats/segment/columnar/columnar_writer.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/store/document.h"
#include "formats/segment/terms/sstable_writer.h"
#include "workloads/corpus/profile.h"
#include "workloads/corpus/random.h"
#include "workloads/corpus/vocabulary.h"

namespace splitscope::workloads {

/// Where one field's terms go.
struct TermOutput {
  formats::TermWriter& terms;
  formats::PostingsWriter& postings;
  formats::PositionsWriter& positions;
};

/// Holds what it drew until it is written: some 12 bytes per token. Single-threaded.
class FieldBuilder {
 public:
  virtual ~FieldBuilder() = default;

  /// Draws the values of the next document; stored ones go to `stored` under `field`.
  virtual void add_document(Random& random, formats::Field field,
                            formats::DocumentBuffer& stored) = 0;

  /// One norm id per document; empty for fields without norms.
  [[nodiscard]] virtual std::span<const std::uint8_t> fieldnorms() const { return {}; }

  /// Dictionary and postings, whose writers stand at the start of the field. Indexed fields only.
  /// Call once: it gives up what was held for them.
  virtual void write_terms(TermOutput out) = 0;

  /// Fast fields only.
  virtual void write_column(formats::ColumnarWriter& out) = 0;
};

/// `vocabulary` is needed for choices and words, and is borrowed.
[[nodiscard]] std::unique_ptr<FieldBuilder> make_field_builder(const formats::FieldEntry& entry,
                                                               const FieldProfile& profile,
                                                               const Vocabulary* vocabulary);

}  // namespace splitscope::workloads
