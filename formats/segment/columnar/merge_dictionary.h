// Merges the dictionaries of a str or bytes column.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/columnar/columnar_writer.h"
#include "formats/segment/columnar/ordinal_map.h"

namespace splitscope::formats {

/// Puts the union of the keys of `columns`, those that are there, to `out` (put_key). Returns one
/// map per column, nothing for those that are not there, from its ordinals to those of the union.
/// Throws FormatError.
[[nodiscard]] std::vector<std::optional<OrdinalMap>> merge_dictionaries(
    std::span<const std::optional<Column>> columns, ColumnarWriter& out);

}  // namespace splitscope::formats
