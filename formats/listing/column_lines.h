// The part of the canonical listing that tells of columns.
#pragma once

#include <ostream>

#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// A line per column of `fast`, a .fast file without tantivy's file footer, in the file's order.
/// Errors as those of write_listing.
void list_columns(const SourceRange& fast, std::ostream& out);

}  // namespace splitscope::formats
