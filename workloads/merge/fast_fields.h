// Which columns a merged segment has whatever its inputs have (tantivy src/indexer/merger.rs).
#pragma once

#include <vector>

#include "formats/segment/columnar/merge_columns.h"
#include "formats/segment/schema.h"

namespace splitscope::workloads {

/// One column for every fast field but JSON fields, whose columns are one per path.
[[nodiscard]] std::vector<formats::RequiredColumn> required_columns(const formats::Schema& schema);

}  // namespace splitscope::workloads
