// Point look-ups in dictionaries: a term's postings, the text of an ordinal.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "formats/codec/source_range.h"
#include "formats/segment/terms/block_index.h"
#include "formats/segment/terms/key_buffer.h"
#include "formats/segment/terms/sstable_footer.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// A field's terms, by key. Keeps footer and block index in memory, so keep one per field while
/// searching; a look-up reads one block. Const methods may be called from several threads. Must not
/// outlive the source.
/// Errors: FormatError; UnsupportedFeature for an FST dictionary; those of reading.
class TermDictionary {
 public:
  /// `field` is the field's whole part of `.term`, including the type at its end.
  explicit TermDictionary(const SourceRange& field);

  [[nodiscard]] std::uint64_t num_terms() const { return footer_.num_terms; }
  /// What the dictionary says about `key`, or nothing when it has no such term.
  [[nodiscard]] std::optional<TermInfo> lookup(std::span<const std::byte> key) const;

 private:
  SourceRange dictionary_;
  SstableFooter footer_;
  BlockIndex index_;
};

/// A string column's dictionary, by ordinal. As TermDictionary.
class OrdinalDictionary {
 public:
  /// `dictionary` is a whole SSTable, as it lies in the column.
  explicit OrdinalDictionary(const SourceRange& dictionary);

  [[nodiscard]] std::uint64_t num_terms() const { return footer_.num_terms; }
  /// Puts key number `ordinal` into `key`; false when the dictionary has fewer.
  bool key_at(std::uint64_t ordinal, KeyBuffer& key) const;

 private:
  SourceRange dictionary_;
  SstableFooter footer_;
  BlockIndex index_;
};

}  // namespace splitscope::formats
