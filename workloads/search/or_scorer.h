// Documents that any of several scorers matches.
// Source: tantivy src/query/union/buffered_union.rs.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/search/scorer.h"

namespace splitscope::workloads {

/// Takes the documents by windows: each part adds its scores to the window's, one part after
/// another, so that floating-point sums come out as tantivy's do. Not a Scorer: nothing seeks in
/// it.
class OrScorer {
 public:
  explicit OrScorer(std::vector<std::unique_ptr<Scorer>> parts);

  /// Calls visit(doc, score) for every match, in order.
  template <typename Visit>
  void for_each(Visit visit) {
    while (fill()) {
      for (std::size_t word = 0; word < matches_.size(); ++word) {
        for (std::uint64_t bits = matches_[word]; bits != 0; bits &= bits - 1) {
          const auto place = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
          visit(start_ + static_cast<std::uint32_t>(place), scores_[place]);
        }
      }
    }
  }

 private:
  // tantivy's window. It shows: where a part ends in it, the order of the others changes.
  static constexpr std::uint32_t kWindow = 4096;

  struct Part {
    std::unique_ptr<Scorer> scorer;
    std::uint32_t doc;
  };

  // The next window with a match; false behind the last.
  bool fill();

  std::vector<Part> parts_;
  std::uint32_t start_ = 0;
  std::array<std::uint64_t, kWindow / 64> matches_{};
  std::array<float, kWindow> scores_{};
};

}  // namespace splitscope::workloads
