#include "formats/segment/postings/positions_cursor.h"

#include <algorithm>
#include <stdexcept>

#include "formats/errors.h"
#include "formats/segment/postings/bit_packer_4x.h"

namespace splitscope::formats {

PositionsCursor::PositionsCursor(const SourceRange& field_positions)
    : decoder_(field_positions), name_(field_positions.name()) {}

void PositionsCursor::open(const TermInfo& term) {
  decoder_.open(term);
  chunk_ = {};
  passed_ = 0;
}

void PositionsCursor::need_chunk() {
  if (chunk_.empty()) chunk_ = decoder_.next_chunk();
  if (chunk_.empty()) {
    throw FormatError(name_, 0,
                      "a term has only " + std::to_string(passed_) +
                          " positions, its frequencies add up to more");
  }
}

void PositionsCursor::skip(std::uint64_t count) {
  while (count > 0) {
    if (chunk_.empty() && count >= kBlockLength) {
      const std::uint64_t skipped = decoder_.skip_blocks(count / kBlockLength) * kBlockLength;
      passed_ += skipped;
      count -= skipped;
      if (count == 0) return;
    }
    need_chunk();
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(count, chunk_.size()));
    chunk_ = chunk_.subspan(part);
    passed_ += part;
    count -= part;
  }
}

void PositionsCursor::read(std::uint64_t before, std::uint32_t freq, std::uint32_t add,
                           std::vector<std::uint32_t>& positions) {
  if (before < passed_) throw std::logic_error("positions are read forward only");
  if (freq > kMaxPositions) {
    throw FormatError(name_, 0,
                      "a term is " + std::to_string(freq) + " times in one document; at most " +
                          std::to_string(kMaxPositions) + " can be searched");
  }
  skip(before - passed_);
  positions.clear();
  std::uint32_t position = add;
  while (positions.size() < freq) {
    need_chunk();
    const std::size_t part = std::min<std::size_t>(freq - positions.size(), chunk_.size());
    for (const std::uint32_t delta : chunk_.first(part)) {
      position += delta;
      positions.push_back(position);
    }
    chunk_ = chunk_.subspan(part);
    passed_ += part;
  }
}

}  // namespace splitscope::formats
