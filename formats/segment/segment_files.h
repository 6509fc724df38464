// The component files of one segment, without their footers and taken apart by field. Sections 2
// and 3 of docs/split-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "formats/codec/source_range.h"
#include "formats/segment/composite_file.h"
#include "formats/segment/file_footer.h"
#include "formats/segment/index_files.h"

namespace splitscope::formats {

/// Reads the footers of the segment's files on construction, nothing else. Ranges are named
/// "<index>:<file> field <name>". Holds a pointer to the IndexFiles, which must outlive it and stay
/// where it is. Immutable afterwards: any thread may ask for ranges.
class SegmentFiles {
 public:
  /// `segment` counts in files.meta().segments. Errors: FormatError (a file is missing, .pos
  /// among them when a field with positions has terms; a field lies in one file and not in another;
  /// a footer is malformed; a field norm range does not have max_doc bytes), UnsupportedFeature.
  explicit SegmentFiles(IndexFiles& files, std::size_t segment = 0);

  [[nodiscard]] const SegmentMeta& meta() const { return *meta_; }
  [[nodiscard]] const Schema& schema() const { return *schema_; }
  /// Index format in the file footers: 4 to 7; the smallest where they differ.
  [[nodiscard]] std::uint32_t index_format_version() const { return format_version_; }

  /// Whether the field has a dictionary and postings. tantivy's writer leaves an indexed field out
  /// when no document of the segment has a term of it; its merge does not.
  [[nodiscard]] bool has_terms(Field field) const;
  /// The field's dictionary with the 4-byte type at its end. FormatError when the field has none.
  [[nodiscard]] SourceRange term(Field field) const;
  /// From the 8-byte token count on. FormatError when the field has none.
  [[nodiscard]] SourceRange postings(Field field) const;
  /// Empty range for a field without positions; nothing when the segment has no such file or entry.
  [[nodiscard]] std::optional<SourceRange> positions(Field field) const;
  /// max_doc norm ids; nothing for a field without norms.
  [[nodiscard]] std::optional<SourceRange> fieldnorm(Field field) const;
  [[nodiscard]] SourceRange store() const { return store_.body; }
  /// The columnar file: columns, key dictionary, columnar footer.
  [[nodiscard]] SourceRange columns() const { return fast_.body; }

  /// For those who check or list: the footer of one file; nothing where .pos is absent.
  [[nodiscard]] const FileFooter* footer(SegmentComponent component) const;
  /// The composite of .term, .idx, .pos or .fieldnorm; nothing for the others.
  [[nodiscard]] const CompositeFile* composite(SegmentComponent component) const;

 private:
  struct Composite {
    FileFooter footer;
    CompositeFile fields;
  };

  [[nodiscard]] Composite open_composite(IndexFiles& files, SegmentComponent component);
  [[nodiscard]] FileFooter open_file(IndexFiles& files, SegmentComponent component);
  void check_terms(const IndexFiles& files) const;
  [[nodiscard]] std::optional<SourceRange> find(const Composite& composite, Field field) const;
  [[nodiscard]] SourceRange need(const Composite& composite, Field field) const;

  const SegmentMeta* meta_;
  const Schema* schema_;
  std::uint32_t format_version_;
  Composite term_;
  Composite postings_;
  std::optional<Composite> positions_;
  Composite fieldnorm_;
  FileFooter store_;
  FileFooter fast_;
};

}  // namespace splitscope::formats
