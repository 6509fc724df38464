// Merges the columns of several segments into one .fast file, rows stacked in input order (tantivy
// columnar/src/columnar/merge/). Section 4.1 of docs/split-format.md.
#pragma once

#include <span>
#include <string>

#include "formats/codec/component_writer.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/columnar/columnar_writer.h"
#include "formats/segment/terms/block_packer.h"

namespace splitscope::formats {

/// A column that a merge writes even where no input has a value for it.
struct RequiredColumn {
  std::string name;
  ColumnType type = ColumnType::kU64;
};

/// The union of the columns of `inputs` by (name, type) goes to `out`, which must be at the start
/// of the body and is not finished. Columns keep the loosest cardinality of their inputs; rows of
/// an input without the column have no value, and a column without any value is left out unless it
/// is among `required`, all as in tantivy. Codecs and bytes are those of tantivy. Every column is
/// streamed: one pass over its rows and two over its starts and values per input, as codecs are
/// chosen from all values. Memory: windows, fixed buffers, what a ValueWriter holds and, for one
/// str or bytes column at a time, an OrdinalMap per input. Throws FormatError; UnsupportedFeature,
/// which names file, column and feature, for ip columns and for a column that is of different
/// numeric types in different inputs.
void merge_columns(std::span<const ColumnarReader* const> inputs,
                   std::span<const RequiredColumn> required, ComponentWriter& out,
                   DictionaryBlocks blocks = DictionaryBlocks::kStored);

}  // namespace splitscope::formats
