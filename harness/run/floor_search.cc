#include "harness/run/floor_search.h"

#include <algorithm>
#include <cmath>

namespace splitscope::run {

namespace {

// Caps are whole pages; the kernel rounds others by itself, and then two of ours would be one.
constexpr std::uint64_t kPageBytes = 4096;

std::uint64_t whole_pages(std::uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

std::optional<double> median_ms(const std::vector<Probe>& probes) {
  std::vector<double> times;
  for (const Probe& probe : probes) {
    if (probe.ok() && probe.wall_ms) times.push_back(*probe.wall_ms);
  }
  return median_of(std::move(times));
}

class Search {
 public:
  Search(const FloorRule& rule, double uncapped_ms, const TryCap& try_cap,
         const std::function<void(const TriedCap&)>& tried_one)
      : rule_(rule), try_cap_(try_cap), tried_one_(tried_one) {
    floor_.uncapped_ms = uncapped_ms;
  }

  Floor run() {
    if (find_passing()) {
      close_in();
      take_curve();
    }
    return std::move(floor_);
  }

 private:
  bool find_passing() {
    std::uint64_t cap = whole_pages(std::max(rule_.first_cap_bytes, rule_.least_step_bytes));
    for (;;) {
      cap = std::min(cap, whole_pages(rule_.largest_cap_bytes));
      if (passes(cap)) return true;
      if (cap >= rule_.largest_cap_bytes) return false;
      cap *= 2;
    }
  }

  void close_in() {
    for (;;) {
      const std::uint64_t least = floor_.largest_failing_bytes;
      const std::uint64_t most = *floor_.smallest_passing_bytes;
      if (most - least <= rule_.step_bytes(most)) return;
      const std::uint64_t middle = whole_pages(least + (most - least) / 2);
      if (middle >= most) return;
      (void)passes(middle);
    }
  }

  bool passes(std::uint64_t cap) {
    TriedCap tried;
    tried.cap_bytes = cap;
    tried.passed = try_often(cap, tried.probes);
    if (tried.passed && too_slow(tried.probes, floor_.uncapped_ms)) tried.passed = in_turns(tried);
    const bool passed = tried.passed;
    if (passed) {
      floor_.smallest_passing_bytes = cap;
    } else {
      floor_.largest_failing_bytes = std::max(floor_.largest_failing_bytes, cap);
    }
    if (tried_one_) tried_one_(tried);
    floor_.tried.push_back(std::move(tried));
    return passed;
  }

  // False at the first try that does not end rightly.
  bool try_often(std::uint64_t cap, std::vector<Probe>& probes) const {
    for (int i = 0; i < rule_.repetitions; ++i) {
      probes.push_back(probe(cap));
      if (!probes.back().ok()) return false;
    }
    return true;
  }

  [[nodiscard]] bool too_slow(const std::vector<Probe>& probes, double uncapped_ms) const {
    return median_ms(probes).value_or(0) > rule_.slowest_ms(uncapped_ms);
  }

  // Whether it is fast enough compared with what the machine gives at the same time.
  bool in_turns(TriedCap& tried) const {
    std::vector<Probe> capped;
    for (int i = 0; i < rule_.repetitions; ++i) {
      tried.beside.push_back(probe(std::nullopt));
      capped.push_back(probe(tried.cap_bytes));
      tried.probes.push_back(capped.back());
      if (!capped.back().ok()) return false;
    }
    return !too_slow(capped, median_ms(tried.beside).value_or(floor_.uncapped_ms));
  }

  [[nodiscard]] Probe probe(std::optional<std::uint64_t> cap) const {
    return try_cap_(cap, rule_.timeout(floor_.uncapped_ms));
  }

  void take_curve() {
    for (const double factor : rule_.curve_factors) {
      CurvePoint point;
      point.factor = factor;
      point.cap_bytes = whole_pages(static_cast<std::uint64_t>(
          std::llround(factor * static_cast<double>(*floor_.smallest_passing_bytes))));
      floor_.curve.push_back(std::move(point));
    }
    floor_.curve.emplace_back();
    // In turns, so that a machine that becomes slower meanwhile bends no curve.
    for (int i = 0; i < rule_.repetitions; ++i) {
      for (CurvePoint& point : floor_.curve) point.probes.push_back(probe(point.cap_bytes));
    }
    for (CurvePoint& point : floor_.curve) point.median_ms = median_ms(point.probes);
    const auto unlimited = floor_.curve.back().median_ms;
    for (CurvePoint& point : floor_.curve) {
      if (unlimited && *unlimited > 0 && point.median_ms) {
        point.slowdown = *point.median_ms / *unlimited;
      }
    }
  }

  const FloorRule& rule_;
  const TryCap& try_cap_;
  const std::function<void(const TriedCap&)>& tried_one_;
  Floor floor_;
};

}  // namespace

std::chrono::milliseconds FloorRule::timeout(double uncapped_ms) const {
  const auto scaled = std::chrono::milliseconds(std::llround(timeout_factor * uncapped_ms));
  return std::max(scaled, least_timeout);
}

double FloorRule::slowest_ms(double uncapped_ms) const {
  return std::max(slowest_factor * uncapped_ms, uncapped_ms + slack_ms);
}

std::uint64_t FloorRule::step_bytes(std::uint64_t cap_bytes) const {
  const auto share =
      static_cast<std::uint64_t>(std::llround(step_share * static_cast<double>(cap_bytes)));
  return std::max(least_step_bytes, share);
}

std::optional<double> median_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Floor find_floor(const FloorRule& rule, double uncapped_ms, const TryCap& try_cap,
                 const std::function<void(const TriedCap&)>& tried_one) {
  return Search(rule, uncapped_ms, try_cap, tried_one).run();
}

}  // namespace splitscope::run
