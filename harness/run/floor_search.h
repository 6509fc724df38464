// How little memory is enough: the smallest cap under which something still ends as it should.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/run/sample.h"

namespace splitscope::run {

/// One try.
struct Probe {
  Status status = Status::kOk;
  /// Why not, when it is not kOk.
  std::string message;
  /// Nothing where the try ended before its time was known.
  std::optional<double> wall_ms;

  [[nodiscard]] bool ok() const { return status == Status::kOk; }
};

/// All tries under one cap.
struct TriedCap {
  std::uint64_t cap_bytes = 0;
  std::vector<Probe> probes;
  /// Tries without a cap in turns with the last ones of `probes`: only where time had to decide.
  std::vector<Probe> beside;
  bool passed = false;
};

/// When a cap counts as enough, and how fine is looked.
struct FloorRule {
  /// Tries under one cap, all of which have to end rightly.
  int repetitions = 3;
  /// Their median may take so many times the uncapped median: below, it only thrashes. What seems
  /// to take longer is tried again in turns with uncapped tries, since others may have slowed both.
  double slowest_factor = 2;
  /// What a short command may take longer than that: such differences are the scheduler's.
  double slack_ms = 50;
  /// A try is given up after so many times the uncapped median, but not before `least_timeout`.
  double timeout_factor = 5;
  std::chrono::milliseconds least_timeout{2000};
  /// Neighbouring caps are not told apart below the larger of the two.
  std::uint64_t least_step_bytes = 64 << 10;
  double step_share = 0.01;
  /// Where is looked first, and beyond which nothing is.
  std::uint64_t first_cap_bytes = 0;
  std::uint64_t largest_cap_bytes = 0;
  /// Multiples of the floor at which the slowdown is taken, with `repetitions` tries each.
  std::vector<double> curve_factors{1, 1.25, 1.5, 2};

  [[nodiscard]] std::chrono::milliseconds timeout(double uncapped_ms) const;
  [[nodiscard]] double slowest_ms(double uncapped_ms) const;
  [[nodiscard]] std::uint64_t step_bytes(std::uint64_t cap_bytes) const;
};

struct CurvePoint {
  /// Nothing: without a cap, and then `cap_bytes` too.
  std::optional<double> factor;
  std::optional<std::uint64_t> cap_bytes;
  std::vector<Probe> probes;
  /// Of the tries that ended rightly; nothing where none did.
  std::optional<double> median_ms;
  /// Of that median, against the one without a cap.
  std::optional<double> slowdown;
};

struct Floor {
  double uncapped_ms = 0;
  /// Nothing where even the largest cap was not enough.
  std::optional<std::uint64_t> smallest_passing_bytes;
  /// 0 where no cap failed.
  std::uint64_t largest_failing_bytes = 0;
  /// In the order in which they were tried.
  std::vector<TriedCap> tried;
  /// The last one without a cap. All were tried in turns.
  std::vector<CurvePoint> curve;
};

/// Tries once, without a cap or under one, for at most `timeout`. What it throws ends the search.
using TryCap =
    std::function<Probe(std::optional<std::uint64_t> cap_bytes, std::chrono::milliseconds timeout)>;

/// The middle one; nothing for none.
[[nodiscard]] std::optional<double> median_of(std::vector<double> values);

/// Doubles from the first cap until one is enough, halves the interval until its ends are a step
/// apart, then takes the curve. Whatever lies between a failing and a passing cap is taken to be
/// neither: near the edge whether it fits is a matter of chance, so the floor is an interval.
/// `tried_one` hears of each cap when it is decided.
[[nodiscard]] Floor find_floor(const FloorRule& rule, double uncapped_ms, const TryCap& try_cap,
                               const std::function<void(const TriedCap&)>& tried_one = {});

}  // namespace splitscope::run
