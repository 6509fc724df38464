// Document stores become one.
#pragma once

#include "formats/codec/component_writer.h"
#include "workloads/merge/merge_inputs.h"

namespace splitscope::workloads {

/// Stacks the compressed blocks of an input as they are where that pays, as tantivy does: from six
/// blocks on and where compressors agree (levels may differ). Else, and of stores of version 1,
/// whose dates change, decompresses its documents and adds them one by one. `out` is at the start
/// of the body and is not finished. Errors: FormatError, UnsupportedFeature.
void merge_stores(const MergeInputs& inputs, formats::ComponentWriter& out);

}  // namespace splitscope::workloads
