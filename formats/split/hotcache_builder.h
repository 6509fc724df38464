// Which bytes of an index belong in its hotcache. Section 1.5 of docs/split-format.md;
// quickwit-directories/src/hot_directory.rs (write_hotcache).
#pragma once

#include "formats/segment/index_files.h"
#include "formats/split/hotcache.h"

namespace splitscope::formats {

/// Opens the index as tantivy's reader does, noting each range that it touches: meta.json and
/// .managed.json whole; of each segment file the footer; of composites their footer; per indexed
/// field the token count and the dictionary's footer and index; the footers and indexes of store
/// and columns. Reads only these. The plan is sealed and borrows from `files`. Dictionaries of type
/// 1 (FST) give their last 16 bytes only: no reader of splits opens them. Errors: FormatError names
/// the broken component; UnsupportedFeature.
[[nodiscard]] HotcachePlan plan_hotcache(IndexFiles& files);

}  // namespace splitscope::formats
