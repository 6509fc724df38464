// Source: tantivy src/query/term_query/term_scorer.rs.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "workloads/search/bm25.h"
#include "workloads/search/scorer.h"

namespace splitscope::workloads {

/// The field norms of a segment, where a field without norms has the same for all documents.
/// Borrows them.
class FieldNorms {
 public:
  /// Empty for a field without norms.
  explicit FieldNorms(std::span<const std::byte> ids) : ids_(ids) {}

  /// `doc` lies below the segment's number of documents.
  [[nodiscard]] std::uint8_t operator[](std::uint32_t doc) const {
    // One token is what tantivy assumes.
    return ids_.empty() ? std::uint8_t{1} : std::to_integer<std::uint8_t>(ids_[doc]);
  }

 private:
  std::span<const std::byte> ids_;
};

/// Borrows weight and norms.
class TermScorer final : public Scorer {
 public:
  TermScorer(TermCursor cursor, const Bm25& weight, FieldNorms norms)
      : cursor_(std::move(cursor)), weight_(weight), norms_(norms) {}

  std::uint32_t next(std::uint32_t target) override { return cursor_.seek(target); }
  std::uint32_t reach(std::uint32_t target) override { return cursor_.seek(target); }
  [[nodiscard]] float score() override {
    return weight_.score(norms_[cursor_.doc()], cursor_.freq());
  }
  [[nodiscard]] std::uint64_t cost() const override { return cursor_.doc_freq(); }

 private:
  TermCursor cursor_;
  const Bm25& weight_;
  FieldNorms norms_;
};

}  // namespace splitscope::workloads
