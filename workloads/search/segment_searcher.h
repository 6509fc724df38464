// One segment of an index, open for queries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "formats/segment/segment_files.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/terms/dictionary_lookup.h"
#include "workloads/search/bm25.h"
#include "workloads/search/phrase_scorer.h"
#include "workloads/search/term_scorer.h"

namespace splitscope::workloads {

/// Opens dictionaries, norms and the store when they are first asked for, and keeps them: of a
/// field its block index and max_doc norms. Postings and positions are read for each query anew, a
/// term in one read. Must not outlive the IndexFiles; stays where it is; single-threaded. Errors:
/// FormatError, UnsupportedFeature (deleted documents, an FST dictionary), those of reading.
class SegmentSearcher {
 public:
  SegmentSearcher(formats::IndexFiles& files, std::size_t segment);

  [[nodiscard]] std::uint32_t max_doc() const { return files_.meta().max_doc; }
  /// Tokens of an indexed field in all documents.
  [[nodiscard]] std::uint64_t total_num_tokens(formats::Field field) {
    return files_.has_terms(field) ? open_field(field).tokens : 0;
  }
  /// Reads one block of the field's dictionary, if the segment has one.
  [[nodiscard]] std::optional<formats::TermInfo> lookup(formats::Field field,
                                                        std::span<const std::byte> term);

  /// `weight` must outlive the scorer.
  [[nodiscard]] TermScorer term_scorer(formats::Field field, const formats::TermInfo& term,
                                       const Bm25& weight);
  /// Scores a phrase in a field with positions; at least two terms, in the phrase's order.
  [[nodiscard]] PhraseScorer phrase_scorer(formats::Field field,
                                           std::span<const formats::TermInfo> terms,
                                           const Bm25& weight);

  /// A stored document, valid until the next call; the block it lies in is kept. RangeError when
  /// there is no such document.
  [[nodiscard]] std::span<const std::byte> document(std::uint32_t doc);

 private:
  struct OpenField {
    formats::TermDictionary terms;
    formats::SourceRange postings;
    std::uint64_t tokens;
    Bytes norms;
  };
  struct OpenStore {
    OpenStore(const formats::SourceRange& body, std::uint32_t max_doc)
        : reader(body), documents(reader) {
      reader.expect_documents(max_doc);
    }
    formats::StoreReader reader;
    formats::DocumentReader documents;
  };

  [[nodiscard]] OpenField& open_field(formats::Field field);
  [[nodiscard]] OpenStore& open_store();
  [[nodiscard]] TermCursor cursor(formats::Field field, const formats::TermInfo& term);

  formats::SegmentFiles files_;
  /// By field.
  std::vector<std::unique_ptr<OpenField>> fields_;
  std::unique_ptr<OpenStore> store_;
};

}  // namespace splitscope::workloads
