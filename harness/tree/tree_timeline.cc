#include "harness/tree/tree_timeline.h"

#include <algorithm>
#include <array>

namespace splitscope::tree {
namespace {

using Column = std::uint64_t TreeInstant::*;
constexpr std::array<Column, 4> kColumns{&TreeInstant::rss_bytes, &TreeInstant::anon_bytes,
                                         &TreeInstant::file_bytes, &TreeInstant::shmem_bytes};
// At most half of them stay, one for each column.
constexpr std::size_t kStretch = 2 * kColumns.size();

bool same_but_time(TreeInstant a, const TreeInstant& b) {
  a.t_us = b.t_us;
  return a == b;
}

}  // namespace

TreeTimeline::TreeTimeline(std::size_t capacity) : capacity_(std::max(capacity, 4 * kStretch)) {
  instants_.reserve(capacity_);
}

void TreeTimeline::add(const TreeInstant& instant) {
  const std::size_t size = instants_.size();
  if (size >= 2 && same_but_time(instants_[size - 1], instant) &&
      same_but_time(instants_[size - 2], instant)) {
    instants_.back().t_us = instant.t_us;
    return;
  }
  if (size == capacity_) halve();
  instants_.push_back(instant);
}

void TreeTimeline::halve() {
  std::size_t kept = 0;
  const std::size_t size = instants_.size();
  for (std::size_t begin = 0; begin < size; begin += kStretch) {
    const std::size_t end = std::min(begin + kStretch, size);
    std::array<bool, kStretch> stays{};
    for (const Column column : kColumns) {
      std::size_t highest = begin;
      for (std::size_t i = begin; i < end; ++i) {
        if (instants_[i].*column > instants_[highest].*column) highest = i;
      }
      stays.at(highest - begin) = true;
    }
    if (begin == 0) stays.front() = true;
    for (std::size_t i = begin; i < end; ++i) {
      if (stays.at(i - begin)) instants_[kept++] = instants_[i];
    }
  }
  instants_.resize(kept);
}

}  // namespace splitscope::tree
