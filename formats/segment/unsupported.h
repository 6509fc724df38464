// Features of an index that convert, extract and upload carry along but that nothing here reads
// inside.
#pragma once

#include <string>
#include <string_view>

#include "formats/segment/meta_json.h"

namespace splitscope::formats {

/// Throws UnsupportedFeature for a schema with JSON fields that are indexed or fast, facets or ip
/// columns. The one line names `file`, the field and the feature. `action` says what cannot be
/// done: "merged", "searched".
void refuse_unsupported(const Schema& schema, const std::string& file, std::string_view action);

/// The same for a segment with deleted documents.
void refuse_unsupported(const SegmentMeta& segment, const std::string& file,
                        std::string_view action);

/// The same for a whole index: schema, segments and an order by a field.
void refuse_unsupported(const IndexMeta& meta, const std::string& file, std::string_view action);

}  // namespace splitscope::formats
