#include "harness/result/aggregate.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace splitscope::result {

using record::Measure;
using run::Sample;

namespace {

template <typename T>
T pick(std::vector<T>& values, Aggregate which) {
  std::sort(values.begin(), values.end());
  if (which == Aggregate::kMin) return values.front();
  if (which == Aggregate::kMax) return values.back();
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  // Written so that it cannot overflow.
  return values[middle - 1] + (values[middle] - values[middle - 1]) / 2;
}

}  // namespace

std::string_view to_string(Aggregate aggregate) {
  constexpr std::array<std::string_view, 3> kNames{"median", "min", "max"};
  return kNames.at(static_cast<std::size_t>(aggregate));
}

Measure aggregate(const run::CaseResult& result, std::string_view key, Aggregate which) {
  std::vector<std::uint64_t> counts;
  std::vector<double> reals;
  std::string reason = "no sample has it";
  for (const Sample& sample : result.samples) {
    if (!sample.ok()) continue;
    for (const Measure& measure : sample.measures) {
      if (measure.key != key) continue;
      if (const auto* count = std::get_if<std::uint64_t>(&measure.value)) counts.push_back(*count);
      if (const auto* real = std::get_if<double>(&measure.value)) reals.push_back(*real);
      if (!measure.absent_because.empty()) reason = measure.absent_because;
    }
  }
  const std::string name(key);
  if (!counts.empty() && reals.empty()) return Measure::of(name, pick(counts, which));
  for (const std::uint64_t count : counts) reals.push_back(static_cast<double>(count));
  if (!reals.empty()) return Measure::of_real(name, pick(reals, which));
  return Measure::absent(name, reason);
}

std::optional<double> median(const run::CaseResult& result, std::string_view key) {
  const Measure measure = aggregate(result, key, Aggregate::kMedian);
  if (const auto* count = std::get_if<std::uint64_t>(&measure.value)) {
    return static_cast<double>(*count);
  }
  if (const auto* real = std::get_if<double>(&measure.value)) return *real;
  return std::nullopt;
}

}  // namespace splitscope::result
