// Documents in which terms follow one another.
// Source: tantivy src/query/phrase_query/phrase_scorer.rs.
#pragma once

#include <cstdint>
#include <vector>

#include "formats/segment/postings/positions_cursor.h"
#include "workloads/search/bm25.h"
#include "workloads/search/scorer.h"
#include "workloads/search/term_scorer.h"

namespace splitscope::workloads {

/// Borrows weight and norms. Memory: the positions of two terms in one document.
class PhraseScorer final : public Scorer {
 public:
  /// One term of the phrase.
  struct Part {
    TermCursor docs;
    formats::PositionsCursor positions;
    /// How many terms of the phrase come after it.
    std::uint32_t behind = 0;
  };

  /// `max_doc` is the segment's number of documents. At least two parts, in any order.
  PhraseScorer(std::vector<Part> parts, const Bm25& weight, FieldNorms norms,
               std::uint32_t max_doc);

  std::uint32_t next(std::uint32_t target) override;
  std::uint32_t reach(std::uint32_t target) override;
  [[nodiscard]] float score() override;
  [[nodiscard]] std::uint64_t cost() const override { return cost_; }

 private:
  [[nodiscard]] std::uint32_t count_phrases();

  std::vector<Part> parts_;
  const Bm25& weight_;
  FieldNorms norms_;
  std::uint64_t cost_ = 0;
  // The document whose phrases were counted last, and how many it has.
  std::uint32_t doc_ = kNoMoreDocs;
  std::uint32_t count_ = 0;
  // Where phrases may end: positions, moved by what is behind the term.
  std::vector<std::uint32_t> ends_;
  std::vector<std::uint32_t> others_;
};

}  // namespace splitscope::workloads
