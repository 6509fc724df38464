// The container of a split: files one after another, then a footer that says where each lies.
// Sections 1.1 and 1.2 of docs/split-format.md; quickwit-storage/src/{split,bundle_storage}.rs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/source_range.h"
#include "formats/segment/byte_range.h"

namespace splitscope::formats {

inline constexpr std::string_view kSplitFieldsFile = "split_fields";
inline constexpr std::string_view kRecoveryMetadataFile = "split_recovery_metadata";

struct BundleFile {
  std::string name;
  /// In the split.
  ByteRange range;
};

/// The parsed footer of a split. Plain value.
struct Bundle {
  std::uint64_t file_size = 0;
  /// In the order in which they lie in the split.
  std::vector<BundleFile> files;
  /// The metadata with its 8-byte header, its length excluded. It begins the footer.
  ByteRange metadata;
  /// The hotcache, its length excluded.
  ByteRange hotcache;
  /// The 16 bytes "footer start, version, QWFT" that newer Quickwits may append.
  bool has_trailer = false;

  /// What Quickwit's metastore publishes as footer_offsets: from the metadata to the end of the
  /// file.
  [[nodiscard]] ByteRange footer() const { return {metadata.start, file_size}; }
  [[nodiscard]] const BundleFile* find(std::string_view name) const;
  /// The range within `split`, named after it and the file.
  [[nodiscard]] SourceRange file(const SourceRange& split, const BundleFile& entry) const;
};

/// Reads the end of `split` (the whole file): lengths and metadata, not the hotcache. Every length,
/// range and name is checked: ranges lie before the footer and do not overlap, names are flat, see
/// file_name_problem. Errors: FormatError; UnsupportedFeature for the layout of Quickwit 0.5 and
/// older and for newer versions than are known.
[[nodiscard]] Bundle read_bundle(const SourceRange& split);

/// Why `name` must not be used as a file name below an output folder ("holds a '/'"); empty when it
/// may. Flat names only, so that extraction cannot climb out.
[[nodiscard]] std::string file_name_problem(std::string_view name);

struct BundleItem {
  std::string name;
  std::uint64_t length = 0;
};

/// The metadata of a split that holds these files one after another from offset 0: magic, version
/// and JSON, with keys in this order. Legacy form, which every Quickwit since 0.6 reads. Throws
/// std::invalid_argument for a bad or repeated name and for more metadata than read_bundle reads.
[[nodiscard]] ByteBuffer bundle_metadata(std::span<const BundleItem> files);

}  // namespace splitscope::formats
