// The footer that tantivy puts on every segment file: version and CRC of the body. Section 2.1 of
// docs/split-format.md; tantivy src/directory/footer.rs. ComponentWriter writes it.
#pragma once

#include <cstdint>

#include "formats/codec/source_range.h"
#include "formats/segment/byte_range.h"

namespace splitscope::formats {

struct FileFooter {
  /// The file without its footer.
  SourceRange body;
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;
  /// 4 to 7; what differs between them is in section 3.8 of the document.
  std::uint32_t index_format_version = 0;
  /// CRC-32 that the footer claims for the body.
  std::uint32_t crc = 0;
  /// Where in the file the footer's JSON lies; its length and the magic follow in 8 bytes.
  ByteRange json;
};

/// Reads the last 8 bytes and the JSON, not the body. Errors: FormatError when there is no footer,
/// UnsupportedFeature for a format version outside 4 to 7.
[[nodiscard]] FileFooter read_file_footer(const SourceRange& file);

/// CRC-32 (IEEE) of the range, in one scan.
[[nodiscard]] std::uint32_t crc32_of(const SourceRange& range);

/// Scans the body. Throws FormatError with both values when the CRC differs.
void check_crc(const FileFooter& footer);

}  // namespace splitscope::formats
