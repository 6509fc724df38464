// Documents that all of several scorers match.
// Source: tantivy src/query/intersection.rs.
#pragma once

#include <memory>
#include <vector>

#include "workloads/search/scorer.h"

namespace splitscope::workloads {

/// Adds scores up: the two cheapest parts, then the sum of the others.
class AndScorer final : public Scorer {
 public:
  /// At least two parts, in any order.
  explicit AndScorer(std::vector<std::unique_ptr<Scorer>> parts);

  std::uint32_t next(std::uint32_t target) override;
  std::uint32_t reach(std::uint32_t target) override { return next(target); }
  [[nodiscard]] float score() override;
  [[nodiscard]] std::uint64_t cost() const override { return parts_.front()->cost(); }

 private:
  std::vector<std::unique_ptr<Scorer>> parts_;
};

}  // namespace splitscope::workloads
