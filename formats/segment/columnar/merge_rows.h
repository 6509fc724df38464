// Merges the column indexes of a column: which rows have values, and where those of each begin.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/columnar/columnar_writer.h"

namespace splitscope::formats {

/// One input of a column: the column, where it has it, and how many rows it has.
struct ColumnInput {
  const std::optional<Column>* column = nullptr;
  std::uint32_t num_rows = 0;
};

/// The loosest cardinality of the inputs; optional at least when one that has rows lacks the
/// column.
[[nodiscard]] Cardinality merged_cardinality(std::span<const ColumnInput> inputs);

/// Puts the index of the stacked rows to `out`: rows, and for multivalued columns starts. Nothing
/// for kFull. Throws FormatError where an index does not fit its column.
void merge_rows(std::span<const ColumnInput> inputs, Cardinality cardinality, ColumnarWriter& out);

}  // namespace splitscope::formats
