#include "workloads/search/phrase_scorer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace splitscope::workloads {
namespace {

// tantivy's guess at how many documents have all terms (src/query/size_hint.rs): as many as if
// terms fell at random, and some more because they do not.
std::uint32_t guess_common_docs(const std::vector<PhraseScorer::Part>& parts,
                                std::uint32_t max_doc) {
  double nearness = 1.3;
  double guess = parts.front().docs.doc_freq();
  double smallest = guess;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const double docs = parts[i].docs.doc_freq();
    nearness = std::max(nearness - 0.1, 1.0);
    guess *= docs / max_doc * nearness;
    smallest = std::min(smallest, docs);
  }
  return static_cast<std::uint32_t>(std::min(std::round(guess), smallest));
}

// Leaves in `left` what both have; both increase.
void intersect(std::vector<std::uint32_t>& left, const std::vector<std::uint32_t>& right) {
  const auto end =
      std::set_intersection(left.begin(), left.end(), right.begin(), right.end(), left.begin());
  left.erase(end, left.end());
}

}  // namespace

PhraseScorer::PhraseScorer(std::vector<Part> parts, const Bm25& weight, FieldNorms norms,
                           std::uint32_t max_doc)
    : parts_(std::move(parts)), weight_(weight), norms_(norms) {
  std::stable_sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
    return a.docs.doc_freq() < b.docs.doc_freq();
  });
  // Ten times as dear as going through a term's documents, for each term.
  cost_ = std::uint64_t{guess_common_docs(parts_, max_doc)} * 10 * parts_.size();
}

std::uint32_t PhraseScorer::count_phrases() {
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    auto& positions = i == 0 ? ends_ : others_;
    part.positions.read(part.docs.positions_before(), part.docs.freq(), part.behind, positions);
    if (i > 0) intersect(ends_, others_);
    if (ends_.empty()) break;
  }
  return static_cast<std::uint32_t>(ends_.size());
}

std::uint32_t PhraseScorer::reach(std::uint32_t target) {
  const std::uint32_t doc = seek_together(
      parts_, target, [](Part& part, std::uint32_t at) { return part.docs.seek(at); });
  if (doc != target) return doc;
  // Positions are read forward only, so those of one document once.
  if (doc != doc_) {
    doc_ = doc;
    count_ = count_phrases();
  }
  return count_ > 0 ? doc : doc + 1;
}

std::uint32_t PhraseScorer::next(std::uint32_t target) {
  for (;;) {
    const std::uint32_t doc = reach(target);
    if (doc == target || doc >= kNoMoreDocs) return doc;
    target = doc;
  }
}

float PhraseScorer::score() { return weight_.score(norms_[doc_], count_); }

}  // namespace splitscope::workloads
