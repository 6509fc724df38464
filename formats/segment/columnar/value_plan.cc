#include "formats/segment/columnar/value_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "formats/codec/bit_pack.h"

namespace splitscope::formats {
namespace {

constexpr std::uint64_t kMiddle = std::numeric_limits<std::uint64_t>::max() / 2;
// What stands behind the block table.
constexpr std::uint64_t kTableLengthBytes = sizeof(std::uint32_t);
constexpr std::uint64_t kWidthBytes = 1;

std::uint64_t vint_bytes(std::uint64_t value) {
  return (static_cast<std::uint64_t>(std::bit_width(value | 1)) + 6) / 7;
}

std::uint64_t stats_bytes(const ColumnStats& stats) {
  return vint_bytes(stats.min) + vint_bytes(stats.gcd) + vint_bytes(stats.packed_max()) +
         vint_bytes(stats.count);
}

std::uint64_t line_bytes(const ValueLine& line) {
  return vint_bytes(line.slope) + vint_bytes(line.intercept) + kWidthBytes;
}

std::uint64_t bitpacked_bytes(const ColumnStats& stats) {
  return stats_bytes(stats) + packed_bytes(stats.count, packed_bits(stats.packed_max()));
}

// What dividing by the divisor is taken to save. In single precision, as tantivy has it: the choice
// between codecs that are close would differ otherwise.
std::uint64_t divisor_gain_bytes(const ColumnStats& stats) {
  if (stats.gcd == 1) return 0;
  const float bits = std::floor(std::log2(static_cast<float>(stats.gcd)));
  return static_cast<std::uint64_t>(bits * static_cast<float>(stats.count) / 8.0F);
}

}  // namespace

ValuePlan bitpacked_plan(const ColumnStats& stats) {
  ValuePlan plan;
  plan.stats = stats;
  return plan;
}

void ValuePlanner::add(std::span<const std::uint64_t> values) {
  stats_.add(values);
  while (!values.empty()) {
    if (line_) {
      count_distances(values);
      return;
    }
    const auto part = values.first(std::min(values.size(), block_.size() - in_block_));
    std::ranges::copy(part, block_.begin() + static_cast<std::ptrdiff_t>(in_block_));
    in_block_ += part.size();
    values = values.subspan(part.size());
    if (in_block_ == block_.size()) end_block();
  }
}

void ValuePlanner::end_block() {
  const auto block = std::span<const std::uint64_t>(block_).first(in_block_);
  if (block.empty()) return;
  in_block_ = 0;
  const ValueLine line = fit_line(block);
  if (use_ == Use::kStarts) {
    line_ = line;
    count_distances(block);
    return;
  }
  std::uint64_t max = 0;
  std::uint32_t index = 0;
  for (const std::uint64_t value : block) max = std::max(max, value - line.at(index++));
  blockwise_bytes_ += packed_bytes(block.size(), packed_bits(max)) + line_bytes(line);
}

void ValuePlanner::count_distances(std::span<const std::uint64_t> values) {
  for (const std::uint64_t value : values) {
    const std::uint64_t distance = value + kMiddle - line_->at(distances_++);
    min_distance_ = std::min(min_distance_, distance);
    max_distance_ = std::max(max_distance_, distance);
  }
}

ValuePlan ValuePlanner::plan() {
  const ColumnStats stats = stats_.stats();
  return use_ == Use::kStarts ? plan_starts(stats) : plan_values(stats);
}

ValuePlan ValuePlanner::plan_values(const ColumnStats& stats) {
  end_block();
  ValuePlan plan = bitpacked_plan(stats);
  const std::uint64_t whole = kTableLengthBytes + stats_bytes(stats) + blockwise_bytes_;
  const std::uint64_t gain = divisor_gain_bytes(stats);
  const std::uint64_t blockwise = whole > gain ? whole - gain : 0;
  if (blockwise < bitpacked_bytes(stats)) plan.codec = ValueCodec::kBlockwiseLinear;
  return plan;
}

ValuePlan ValuePlanner::plan_starts(const ColumnStats& stats) const {
  ValuePlan plan = bitpacked_plan(stats);
  // Fewer starts than a block has: there is no line.
  if (!line_) return plan;
  ValueLine line = *line_;
  line.intercept += min_distance_ - kMiddle;
  const unsigned bits = packed_bits(max_distance_ - min_distance_);
  const std::uint64_t linear =
      stats_bytes(stats) + line_bytes(line) + packed_bytes(stats.count, bits);
  if (linear >= bitpacked_bytes(stats)) return plan;
  plan.codec = ValueCodec::kLinear;
  plan.line = line;
  plan.bits = bits;
  return plan;
}

ValuePlan plan_values(std::span<const std::uint64_t> values, ValuePlanner::Use use) {
  ValuePlanner planner(use);
  planner.add(values);
  return planner.plan();
}

}  // namespace splitscope::formats
