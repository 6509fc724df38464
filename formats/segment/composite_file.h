// Composite files (.term .idx .pos .fieldnorm): one stretch of bytes per field and a footer that
// tells where. Section 2.2 of docs/split-format.md; tantivy src/directory/composite_file.rs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "formats/codec/component_writer.h"
#include "formats/codec/source_range.h"
#include "formats/segment/byte_range.h"
#include "formats/segment/schema.h"
#include "strategies/interface/byte_sink.h"

namespace splitscope::formats {

struct CompositeEntry {
  Field field = 0;
  /// 0 except in formats that nobody writes any more.
  std::uint64_t idx = 0;
  /// In the body.
  ByteRange range;
};

/// The parsed footer of one composite file. Cheap to copy except for the entries; must not outlive
/// the source. Immutable, so any thread may use it.
class CompositeFile {
 public:
  CompositeFile() = default;
  /// Reads the footer. `body` is the file without tantivy's file footer. Errors: FormatError.
  explicit CompositeFile(const SourceRange& body);

  /// In the order in which they lie in the file.
  [[nodiscard]] const std::vector<CompositeEntry>& entries() const { return entries_; }
  [[nodiscard]] bool has(Field field, std::uint64_t idx = 0) const;
  /// The field's bytes, named after the file and the field's id; nothing when it has no entry.
  [[nodiscard]] std::optional<SourceRange> find(Field field, std::uint64_t idx = 0) const;
  /// Where the footer lies in the body, its 4-byte length excluded.
  [[nodiscard]] ByteRange footer() const { return footer_; }

 private:
  SourceRange body_;
  std::vector<CompositeEntry> entries_;
  ByteRange footer_;
};

/// Writes one: begin_field, bytes to out(), begin_field, ..., finish. Fields in schema order. The
/// file footer is written too. Single-threaded; errors are those of the sink.
class CompositeWriter {
 public:
  explicit CompositeWriter(std::unique_ptr<ByteSink> sink);

  /// What follows belongs to `field`. A field without bytes still needs its entry in .term, .idx
  /// and .pos. Throws std::logic_error when the field was begun before.
  void begin_field(Field field, std::uint64_t idx = 0);
  [[nodiscard]] ComponentWriter& out() { return out_; }
  /// Bytes of the current field so far.
  [[nodiscard]] std::uint64_t field_offset() const { return out_.offset() - field_start_; }
  /// Writes the composite footer and finishes the file. Call once, last.
  void finish();

 private:
  ComponentWriter out_;
  std::vector<CompositeEntry> entries_;
  std::uint64_t field_start_ = 0;
};

}  // namespace splitscope::formats
