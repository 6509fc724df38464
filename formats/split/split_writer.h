// Puts an index into a split file. Section 1 of docs/split-format.md;
// quickwit-storage/src/split.rs, quickwit-indexing/src/actors/packager.rs.
#pragma once

#include <cstdint>
#include <filesystem>

#include "formats/segment/byte_range.h"
#include "strategies/interface/run_context.h"
#include "strategies/interface/strategy.h"

namespace splitscope::formats {

/// Where things came to lie; what Quickwit's metastore wants to know.
struct WrittenSplit {
  std::uint64_t file_size = 0;
  /// Quickwit's footer_offsets.
  ByteRange footer;
  ByteRange hotcache;
};

/// Writes the index in `directory` to `output` through `strategy`. Marks phases "scan" (list and
/// open files), "hotcache" (find the ranges), "payload" (copy the files), "footer". The split holds
/// every file that list_directory names, in Quickwit's order: sorted by name, then `split_fields`
/// (kept when the directory has one, else made from the schema). No file content is held on the
/// heap by this code. The same directory always gives the same bytes. Errors: UsageError when
/// `directory` is none or has no meta.json or not exactly one segment; FormatError when a component
/// is malformed; std::system_error. Nothing is left at `output` then.
WrittenSplit write_split(Strategy& strategy, const std::filesystem::path& directory,
                         const std::filesystem::path& output, RunContext& context);

}  // namespace splitscope::formats
