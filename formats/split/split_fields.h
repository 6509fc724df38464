// The `split_fields` entry: which fields a split has, for Quickwit's list-fields API. Section 1.3
// of docs/split-format.md; quickwit-proto/src/search/mod.rs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "formats/codec/source_range.h"
#include "formats/segment/schema.h"

namespace splitscope::formats {

struct SplitField {
  std::string name;
  /// Quickwit's number for the type: text 0, u64 1, i64 2, f64 3, bool 4, date 5, facet 6, bytes 7,
  /// ip 8, JSON 9.
  std::uint32_t type = 0;
  bool searchable = false;
  bool aggregatable = false;

  friend bool operator==(const SplitField&, const SplitField&) = default;
};

/// The fields that are indexed or fast, sorted by name and type. Fields inside JSON documents are
/// not listed: only the dictionaries know them.
[[nodiscard]] std::vector<SplitField> split_fields_of(const Schema& schema);

/// Version byte and zstd frame.
[[nodiscard]] std::vector<std::byte> encode_split_fields(const std::vector<SplitField>& fields);

/// Empty for an empty entry, which some writers leave. Errors: FormatError, UnsupportedFeature for
/// an unknown version.
[[nodiscard]] std::vector<SplitField> decode_split_fields(const SourceRange& entry);

}  // namespace splitscope::formats
