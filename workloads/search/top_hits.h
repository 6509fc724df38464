// The best documents of a query.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

namespace splitscope::workloads {

struct Hit {
  /// Which of the indexes that are searched together; 0 where there is one.
  std::uint32_t index = 0;
  /// Place in the list of meta.json.
  std::uint32_t segment = 0;
  std::uint32_t doc = 0;
  float score = 0;

  [[nodiscard]] auto address() const { return std::tie(index, segment, doc); }
  friend bool operator==(const Hit&, const Hit&) = default;
};

/// Best score first; of equal scores, the lower address.
[[nodiscard]] inline bool ranks_before(const Hit& a, const Hit& b) {
  return a.score != b.score ? a.score > b.score : a.address() < b.address();
}

/// Counts all matches and keeps the best `top`, in memory that is allocated once. Single-threaded.
class TopHits {
 public:
  explicit TopHits(std::size_t top) : top_(top) { heap_.reserve(top); }

  void clear() {
    heap_.clear();
    count_ = 0;
  }

  void add(Hit hit) {
    ++count_;
    // A field that counts no tokens makes 0 / 0, which has no rank.
    if (std::isnan(hit.score)) hit.score = 0;
    if (heap_.size() < top_) {
      heap_.push_back(hit);
      std::push_heap(heap_.begin(), heap_.end(), ranks_before);
    } else if (top_ > 0 && ranks_before(hit, heap_.front())) {
      std::pop_heap(heap_.begin(), heap_.end(), ranks_before);
      heap_.back() = hit;
      std::push_heap(heap_.begin(), heap_.end(), ranks_before);
    }
  }

  /// All matches, kept or not.
  [[nodiscard]] std::uint64_t count() const { return count_; }

  /// Best first. The heap is none any more: clear() comes next.
  [[nodiscard]] std::span<const Hit> sorted() {
    std::sort(heap_.begin(), heap_.end(), ranks_before);
    return heap_;
  }

 private:
  std::size_t top_;
  std::uint64_t count_ = 0;
  // The worst of those kept is in front.
  std::vector<Hit> heap_;
};

}  // namespace splitscope::workloads
