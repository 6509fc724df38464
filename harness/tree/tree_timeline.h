// Instants of a tree in bounded memory.
#pragma once

#include <cstddef>
#include <vector>

#include "harness/tree/tree_end.h"

namespace splitscope::tree {

/// Takes instants in the order of time. Of a stretch without change its first and last stay. Grown
/// full, it halves itself: of each eight instants in a row the highest of each kind stays, so the
/// highest peaks always do.
class TreeTimeline {
 public:
  explicit TreeTimeline(std::size_t capacity = 16384);

  /// Allocates nothing.
  void add(const TreeInstant& instant);
  [[nodiscard]] std::vector<TreeInstant> take() { return std::move(instants_); }

 private:
  void halve();

  std::size_t capacity_;
  std::vector<TreeInstant> instants_;
};

}  // namespace splitscope::tree
