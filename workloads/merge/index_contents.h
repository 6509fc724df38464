// What an index holds, as numbers that do not depend on how it is laid out: the proof that a merge
// lost nothing and invented nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "formats/segment/segment_files.h"

namespace splitscope::workloads {

/// Counts and sums of hashes of every stored document, every term with its documents, frequencies
/// and positions, every column value and every field norm, under names such as "column 'tenant'".
/// Sums do not depend on order, so segments may be added in any order and blocks may lie anywhere;
/// a changed, missing or doubled item changes them (but for a collision of 64 bits).
class IndexContents {
 public:
  struct Entry {
    std::uint64_t count = 0;
    std::uint64_t hash = 0;

    void add(std::uint64_t item) {
      ++count;
      hash += item;
    }
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  /// Adds a segment whose document d stands for document doc_base + d. Decodes everything; memory
  /// grows with the largest string dictionary. Documents count as store version 2 has them. Errors:
  /// FormatError; UnsupportedFeature, also as refuse_unsupported (index/unsupported.h).
  void add(const formats::SegmentFiles& segment, std::uint32_t doc_base);

  [[nodiscard]] const std::map<std::string, Entry>& entries() const { return entries_; }

  /// The first thing in which `other` is not the same, in words; empty when there is none.
  [[nodiscard]] std::string difference(const IndexContents& other) const;

 private:
  void add_documents(const formats::SegmentFiles& segment, std::uint32_t doc_base);
  void add_field(const formats::SegmentFiles& segment, formats::Field field,
                 std::uint32_t doc_base);
  void add_columns(const formats::SegmentFiles& segment, std::uint32_t doc_base);

  std::map<std::string, Entry> entries_;
};

}  // namespace splitscope::workloads
