// meta.json: the one file that says what an index consists of. Section 2 of docs/split-format.md;
// tantivy src/index/index_meta.rs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/segment/schema.h"

namespace splitscope::formats {

inline constexpr std::string_view kMetaFile = "meta.json";
inline constexpr std::string_view kManagedFile = ".managed.json";

enum class SegmentComponent { kTerm, kPostings, kPositions, kFieldnorm, kStore, kFast };

/// In the order in which readers open them.
inline constexpr std::array kSegmentComponents = {
    SegmentComponent::kTerm,      SegmentComponent::kPostings, SegmentComponent::kPositions,
    SegmentComponent::kFieldnorm, SegmentComponent::kStore,    SegmentComponent::kFast};

/// "term", "idx", "pos", "fieldnorm", "store", "fast".
[[nodiscard]] std::string_view extension(SegmentComponent component);

/// Deleted documents of a segment; they lie in `<id>.<opstamp>.del`.
struct SegmentDeletes {
  std::uint32_t num_deleted_docs = 0;
  std::uint64_t opstamp = 0;
};

struct SegmentMeta {
  /// Dashed lower-case UUID, as meta.json has it.
  std::string segment_id;
  /// Number of documents, deleted ones included.
  std::uint32_t max_doc = 0;
  std::optional<SegmentDeletes> deletes;

  /// The id as file names have it: 32 hex digits without dashes.
  [[nodiscard]] std::string file_stem() const;
  /// "<stem>.<extension>"; the file need not exist.
  [[nodiscard]] std::string file_name(SegmentComponent component) const;
  /// "<stem>.<opstamp>.del" when there are deletes.
  [[nodiscard]] std::optional<std::string> delete_file_name() const;
};

/// "00112233445566778899aabbccddeeff" -> "00112233-4455-6677-8899-aabbccddeeff". Throws
/// std::invalid_argument unless given 32 lower-case hex digits.
[[nodiscard]] std::string dashed_segment_id(std::string_view stem);

struct SortByField {
  std::string field;
  /// "Asc" or "Desc".
  std::string order;
};

struct IndexSettings {
  /// Not handled by merge; convert and extract need not care.
  std::optional<SortByField> sort_by_field;
  /// "none", "lz4", "zstd" or "zstd(compression_level=N)".
  std::string docstore_compression = "lz4";
  std::uint64_t docstore_blocksize = 16384;
  /// Settings that are unknown here, as one compact JSON object; written back. May be empty.
  std::string other_json;
};

/// Plain value.
struct IndexMeta {
  IndexSettings settings;
  std::vector<SegmentMeta> segments;
  Schema schema;
  std::uint64_t opstamp = 0;
  std::optional<std::string> payload;
};

/// `file` is what errors call the source. Errors: FormatError (malformed JSON, a missing key, a
/// wrong type, a segment id that is no UUID, a segment named twice), UnsupportedFeature for an
/// unknown field type. Sorted indexes and deletes parse: callers decide about them.
[[nodiscard]] IndexMeta parse_meta(std::string_view text, const std::string& file);

/// As tantivy writes it: pretty, indented by 2, no newline at the end.
[[nodiscard]] std::string write_meta(const IndexMeta& meta);

/// `.managed.json` as tantivy writes it: a compact array of file names and a newline.
[[nodiscard]] std::string write_managed(const std::vector<std::string>& names);

}  // namespace splitscope::formats
