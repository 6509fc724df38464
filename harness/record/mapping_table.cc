#include "harness/record/mapping_table.h"

#include <cstring>

namespace splitscope::record::shim {

std::size_t MappingTable::first_above(std::uintptr_t address) const {
  std::size_t low = 0;
  std::size_t high = size_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (places_[middle].end > address) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

void MappingTable::count(const MappedRange& range, bool in) {
  if (range.state != RangeState::counted) return;
  auto& bytes = range.kind == MappingKind::anon   ? total_.anon
                : range.kind == MappingKind::file ? total_.file
                                                  : total_.shared;
  const std::uint64_t size = range.end - range.begin;
  bytes = in ? bytes + size : bytes - size;
}

void MappingTable::insert_at(std::size_t index, const MappedRange& range) {
  if (size_ == capacity_) return;
  std::memmove(places_ + index + 1, places_ + index, (size_ - index) * sizeof *places_);
  places_[index] = range;
  ++size_;
  count(range, true);
}

void MappingTable::add(std::uintptr_t begin, std::uintptr_t end, MappingKind kind,
                       RangeState state) {
  if (begin >= end) return;
  remove(begin, end);
  insert_at(first_above(begin), {begin, end, kind, state});
}

void MappingTable::inherit() {
  for (std::size_t i = 0; i < size_; ++i) {
    if (places_[i].state == RangeState::counted) places_[i].state = RangeState::inherited;
  }
  total_ = {};
}

void MappingTable::open(std::uintptr_t begin, std::uintptr_t end) {
  for (std::size_t i = first_above(begin); i < size_ && places_[i].begin < end; ++i) {
    if (places_[i].state != RangeState::reserved) continue;
    const MappedRange whole = places_[i];
    // A full table keeps the range as it is: less is counted, never more.
    if (size_ + 2 > capacity_) return;
    const std::uintptr_t from = whole.begin < begin ? begin : whole.begin;
    const std::uintptr_t to = whole.end < end ? whole.end : end;
    add(from, to, whole.kind);
    // The opened part stands where the whole did, or right behind its head.
    i = first_above(from);
  }
}

void MappingTable::remove(std::uintptr_t begin, std::uintptr_t end) {
  if (begin >= end) return;
  std::size_t index = first_above(begin);
  // A range that starts before `begin` keeps its head, and its tail too when it reaches beyond
  // `end`.
  if (index < size_ && places_[index].begin < begin) {
    const MappedRange whole = places_[index];
    places_[index].end = begin;
    count({begin, whole.end, whole.kind, whole.state}, false);
    ++index;
    if (whole.end > end) {
      insert_at(index, {end, whole.end, whole.kind, whole.state});
      return;
    }
  }
  std::size_t last = index;
  while (last < size_ && places_[last].end <= end) count(places_[last++], false);
  if (last < size_ && places_[last].begin < end) {
    count({places_[last].begin, end, places_[last].kind, places_[last].state}, false);
    places_[last].begin = end;
  }
  std::memmove(places_ + index, places_ + last, (size_ - last) * sizeof *places_);
  size_ -= last - index;
}

const MappedRange* MappingTable::find(std::uintptr_t address) const {
  const std::size_t index = first_above(address);
  return index < size_ && places_[index].begin <= address ? &places_[index] : nullptr;
}

}  // namespace splitscope::record::shim
