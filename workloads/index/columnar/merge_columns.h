// Merges the columns of several segments into one .fast file, rows stacked in input order (tantivy
// columnar/src/columnar/merge/). Section 4.1 of docs/split-format.md.
#pragma once

#include <span>

#include "workloads/codec/component_writer.h"
#include "workloads/index/columnar/columnar_reader.h"
#include "workloads/index/columnar/columnar_writer.h"

namespace splitscope {

/// The union of the columns of `inputs` by (name, type) goes to `out`, which must be at the start
/// of the body and is not finished. Columns keep the loosest cardinality of their inputs; rows of
/// an input without the column have no value, and a column without any value is left out, both as
/// in tantivy. Every column is streamed: one pass over its rows, starts and values per input.
/// Memory: windows, fixed buffers and, for one str or bytes column at a time, an OrdinalMap per
/// input. Throws FormatError; UnsupportedFeature, which names file, column and feature, for ip
/// columns and for a column that is of different numeric types in different inputs.
void merge_columns(std::span<const ColumnarReader* const> inputs, ComponentWriter& out);

}  // namespace splitscope
