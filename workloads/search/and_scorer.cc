#include "workloads/search/and_scorer.h"

#include <algorithm>
#include <utility>

namespace splitscope::workloads {

AndScorer::AndScorer(std::vector<std::unique_ptr<Scorer>> parts) : parts_(std::move(parts)) {
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const auto& a, const auto& b) { return a->cost() < b->cost(); });
}

std::uint32_t AndScorer::next(std::uint32_t target) {
  return seek_together(parts_, target,
                       [](const auto& part, std::uint32_t at) { return part->reach(at); });
}

float AndScorer::score() {
  float others = 0;
  for (std::size_t i = 2; i < parts_.size(); ++i) others += parts_[i]->score();
  return parts_[0]->score() + parts_[1]->score() + others;
}

}  // namespace splitscope::workloads
