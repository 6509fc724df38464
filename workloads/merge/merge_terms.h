// Term dictionaries, postings and positions of the inputs become those of the merged segment.
#pragma once

#include <cstdint>
#include <span>

#include "formats/segment/composite_file.h"
#include "formats/segment/terms/block_packer.h"
#include "strategies/interface/strategy.h"
#include "workloads/merge/merge_inputs.h"

namespace splitscope::workloads {

/// The three files that are written side by side.
struct TermFiles {
  formats::CompositeWriter term;
  formats::CompositeWriter postings;
  formats::CompositeWriter positions;
};

/// Merges one indexed field: dictionaries k-way, postings decoded, shifted by each segment's
/// doc_base and encoded again, because block boundaries move. `fieldnorms` has the merged norms, or
/// is empty. Memory: a window per input and file, the longest merged term's encoded postings and
/// positions. Errors: FormatError, also where positions and frequencies disagree;
/// UnsupportedFeature for an FST dictionary.
void merge_field(const MergeInputs& inputs, formats::Field field,
                 std::span<const std::uint8_t> fieldnorms, formats::DictionaryBlocks blocks,
                 TermFiles& out);

}  // namespace splitscope::workloads
