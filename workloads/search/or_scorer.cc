#include "workloads/search/or_scorer.h"

#include <algorithm>
#include <utility>

namespace splitscope::workloads {

OrScorer::OrScorer(std::vector<std::unique_ptr<Scorer>> parts) {
  parts_.reserve(parts.size());
  for (auto& scorer : parts) {
    const std::uint32_t doc = scorer->next(0);
    if (doc < kNoMoreDocs) parts_.push_back({std::move(scorer), doc});
  }
}

bool OrScorer::fill() {
  if (parts_.empty()) return false;
  start_ = std::min_element(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
             return a.doc < b.doc;
           })->doc;
  matches_.fill(0);
  scores_.fill(0);
  // The last of the list takes the place of one that has ended, and is then the next.
  for (std::size_t i = 0; i < parts_.size();) {
    Part& part = parts_[i];
    while (part.doc < kNoMoreDocs && part.doc - start_ < kWindow) {
      const std::uint32_t place = part.doc - start_;
      matches_[place / 64] |= std::uint64_t{1} << (place % 64);
      scores_[place] += part.scorer->score();
      part.doc = part.scorer->next(part.doc + 1);
    }
    if (part.doc < kNoMoreDocs) {
      ++i;
      continue;
    }
    if (i + 1 < parts_.size()) std::swap(part, parts_.back());
    parts_.pop_back();
  }
  return true;
}

}  // namespace splitscope::workloads
