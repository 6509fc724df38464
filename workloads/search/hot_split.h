// Opens a split as a Quickwit searcher does: its footer in one read, and from then on nothing that
// the hotcache in it holds is read again.
// Source: quickwit-search/src/leaf.rs, quickwit-directories/src/hot_directory.rs; section 1.5 of
// docs/split-format.md.
#pragma once

#include <filesystem>

#include "formats/segment/byte_range.h"
#include "formats/segment/index_files.h"
#include "strategies/interface/strategy.h"

namespace splitscope::workloads {

/// Where the footer of a split lies: what Quickwit's metastore knows of it and a searcher is told.
/// An empty range for an index directory. Errors: std::system_error, FormatError,
/// UnsupportedFeature.
[[nodiscard]] formats::ByteRange footer_of(Strategy& strategy, const std::filesystem::path& path);

/// Reads `footer` of the split in one piece and keeps it. Ranges of the index that its hotcache
/// holds whole are served from there; any other is a read or scan of just that range. A directory
/// is opened as it is. Errors: those of footer_of; FormatError when the hotcache belongs to other
/// files.
[[nodiscard]] formats::IndexFiles open_hot(Strategy& strategy, const std::filesystem::path& path,
                                           const formats::ByteRange& footer);

}  // namespace splitscope::workloads
