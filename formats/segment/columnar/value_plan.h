// Which codec the values of a column are written with (tantivy
// columnar/src/column_values/u64_based/mod.rs and the estimators beside it). Section 3.6 of
// docs/split-format.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "formats/segment/columnar/column_stats.h"
#include "formats/segment/columnar/value_codec.h"

namespace splitscope::formats {

/// What a writer has to know before the first value.
struct ValuePlan {
  ColumnStats stats;
  ValueCodec codec = ValueCodec::kBitpacked;
  /// For kLinear: the line of all values and the width of the distances from it.
  ValueLine line;
  unsigned bits = 0;
};

/// The codec that is always legal.
[[nodiscard]] ValuePlan bitpacked_plan(const ColumnStats& stats);

/// The first of two passes over the values of a column: exact statistics, and the smallest codec by
/// tantivy's own estimates, so that the same values give the same bytes. The estimates are exact
/// but for a common divisor above 1 under kBlockwiseLinear. Holds 512 values. Single-threaded.
class ValuePlanner {
 public:
  /// tantivy tries kBitpacked first and then one other codec: kBlockwiseLinear for values and
  /// ordinals, kLinear for the starts of multivalued columns.
  enum class Use { kValues, kStarts };

  explicit ValuePlanner(Use use) : use_(use) {}

  void add(std::span<const std::uint64_t> values);
  /// Call once, last.
  [[nodiscard]] ValuePlan plan();

 private:
  void end_block();
  void count_distances(std::span<const std::uint64_t> values);
  [[nodiscard]] ValuePlan plan_values(const ColumnStats& stats);
  [[nodiscard]] ValuePlan plan_starts(const ColumnStats& stats) const;

  Use use_;
  StatsCollector stats_;
  std::array<std::uint64_t, kLineBlockValues> block_;
  std::size_t in_block_ = 0;
  // kValues: packed distances and the table of lines.
  std::uint64_t blockwise_bytes_ = 0;
  // kStarts: drawn through the first block; bounds of the distances from it, which are counted from
  // the middle of the number circle.
  std::optional<ValueLine> line_;
  std::uint32_t distances_ = 0;
  std::uint64_t min_distance_ = ~std::uint64_t{0};
  std::uint64_t max_distance_ = 0;
};

[[nodiscard]] ValuePlan plan_values(std::span<const std::uint64_t> values,
                                    ValuePlanner::Use use = ValuePlanner::Use::kValues);

}  // namespace splitscope::formats
