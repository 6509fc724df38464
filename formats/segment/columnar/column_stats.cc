#include "formats/segment/columnar/column_stats.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "formats/codec/checked.h"

namespace splitscope::formats {
namespace {

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a < b ? b - a : a - b; }

}  // namespace

void StatsCollector::add(std::span<const std::uint64_t> values) {
  if (values.empty()) return;
  if (stats_.count == 0) {
    first_ = values.front();
    stats_.min = first_;
    stats_.max = first_;
  }
  std::uint64_t min = stats_.min;
  std::uint64_t max = stats_.max;
  for (const std::uint64_t value : values) {
    min = std::min(min, value);
    max = std::max(max, value);
    // Most columns come down to 1 within a few values.
    if (gcd_ != 1) gcd_ = std::gcd(gcd_, distance(value, first_));
  }
  stats_.min = min;
  stats_.max = max;
  stats_.count += static_cast<std::uint32_t>(values.size());
}

ColumnStats StatsCollector::stats() const {
  ColumnStats result = stats_;
  result.gcd = gcd_ == 0 ? 1 : gcd_;
  return result;
}

ColumnStats compute_stats(std::span<const std::uint64_t> values) {
  StatsCollector collector;
  collector.add(values);
  return collector.stats();
}

void write_stats(const ColumnStats& stats, ByteBuffer& out) {
  out.vint(stats.min);
  out.vint(stats.gcd);
  out.vint(stats.packed_max());
  out.vint(stats.count);
}

ColumnStats read_stats(ByteReader& in) {
  ColumnStats stats;
  stats.min = in.vint();
  stats.gcd = in.vint();
  if (stats.gcd == 0) in.fail("a column's common divisor is 0");
  const auto amplitude = checked_multiply(in.vint(), stats.gcd);
  const auto max = amplitude ? checked_add(stats.min, *amplitude) : std::nullopt;
  if (!max) in.fail("a column's largest value does not fit 64 bits");
  stats.max = *max;
  const auto count = checked_cast<std::uint32_t>(in.vint());
  if (!count) in.fail("a column has more than 2^32 values");
  stats.count = *count;
  return stats;
}

}  // namespace splitscope::formats
