// The search for the smallest cap, against programs whose need is known.
#include "harness/run/floor_search.h"

#include <algorithm>

#include "tests/catch.h"

namespace splitscope::run {
namespace {

constexpr double kUncappedMs = 100;
constexpr std::uint64_t kMiB = 1 << 20;

FloorRule rule_from(std::uint64_t first) {
  FloorRule rule;
  rule.first_cap_bytes = first;
  rule.largest_cap_bytes = 1024 * kMiB;
  return rule;
}

Probe right(double ms = kUncappedMs) { return {Status::kOk, {}, ms}; }
Probe killed() { return {Status::kOomKilled, "out of memory", std::nullopt}; }

TryCap needs(std::uint64_t bytes) {
  return [bytes](std::optional<std::uint64_t> cap, std::chrono::milliseconds) {
    return !cap || *cap >= bytes ? right() : killed();
  };
}

}  // namespace

TEST_CASE("the need of a program lies between the largest failing and the smallest passing cap") {
  const std::uint64_t need = GENERATE(100'000, 1'000'000, 12'345'678, 48 * kMiB + 1, 700 * kMiB);
  const std::uint64_t first = GENERATE(std::uint64_t{1}, 64 * kMiB);
  const FloorRule rule = rule_from(first);
  const Floor floor = find_floor(rule, kUncappedMs, needs(need));
  REQUIRE(floor.smallest_passing_bytes);
  CHECK(*floor.smallest_passing_bytes >= need);
  CHECK(floor.largest_failing_bytes < need);
  CHECK(*floor.smallest_passing_bytes - floor.largest_failing_bytes <=
        rule.step_bytes(*floor.smallest_passing_bytes));
  REQUIRE(floor.curve.size() == 5);
  for (const CurvePoint& point : floor.curve) {
    CHECK(point.probes.size() == 3);
    CHECK(point.median_ms == kUncappedMs);
    CHECK(point.slowdown.value() == 1);
  }
  CHECK(floor.curve[3].cap_bytes.value() >= 2 * *floor.smallest_passing_bytes);
  CHECK_FALSE(floor.curve[4].cap_bytes);
}

TEST_CASE("what never fits has no floor") {
  const FloorRule rule = rule_from(3 * kMiB);
  const Floor floor = find_floor(rule, kUncappedMs, needs(2048 * kMiB));
  CHECK_FALSE(floor.smallest_passing_bytes);
  CHECK(floor.largest_failing_bytes == rule.largest_cap_bytes);
  CHECK(floor.curve.empty());
}

TEST_CASE("what fits everywhere has no failing cap") {
  const Floor floor = find_floor(rule_from(kMiB), kUncappedMs, needs(0));
  CHECK(floor.smallest_passing_bytes == 64 * 1024);
  CHECK(floor.largest_failing_bytes == 0);
}

TEST_CASE("what ends rightly two times of three is not enough") {
  int tries = 0;
  const auto sometimes = [&](std::optional<std::uint64_t> cap, std::chrono::milliseconds) {
    if (!cap || *cap >= 20 * kMiB) return right();
    if (*cap < 10 * kMiB) return killed();
    return ++tries % 3 == 0 ? killed() : right();
  };
  const Floor floor = find_floor(rule_from(32 * kMiB), kUncappedMs, sometimes);
  REQUIRE(floor.smallest_passing_bytes);
  CHECK(*floor.smallest_passing_bytes >= 20 * kMiB);
}

TEST_CASE("what only thrashes is not enough") {
  // The machine is another one now than when the uncapped time was taken.
  const double now = GENERATE(1.0, 3.0);
  const auto slow_below = [now](std::optional<std::uint64_t> cap, std::chrono::milliseconds) {
    if (!cap) return right(now * kUncappedMs);
    return right(now * (*cap < 40 * kMiB ? 2.5 : 1.5) * kUncappedMs);
  };
  const Floor floor = find_floor(rule_from(kMiB), kUncappedMs, slow_below);
  REQUIRE(floor.smallest_passing_bytes);
  CHECK(*floor.smallest_passing_bytes >= 40 * kMiB);
  CHECK(floor.largest_failing_bytes < 40 * kMiB);
  CHECK(floor.largest_failing_bytes > 39 * kMiB);
  REQUIRE(floor.curve.size() == 5);
  CHECK(floor.curve[0].slowdown.value() == 1.5);
}

TEST_CASE("what is fast again in the second round is enough") {
  int tries = 0;
  const auto slow_at_first = [&](std::optional<std::uint64_t> cap, std::chrono::milliseconds) {
    return right(cap && tries++ < 3 ? 10 * kUncappedMs : kUncappedMs);
  };
  const Floor floor = find_floor(rule_from(kMiB), kUncappedMs, slow_at_first);
  CHECK(floor.tried.front().passed);
  CHECK(floor.tried.front().beside.size() == 3);
  CHECK(floor.tried.back().beside.empty());
}

TEST_CASE("a short command may be late by what a scheduler takes") {
  const FloorRule rule = rule_from(kMiB);
  CHECK(rule.slowest_ms(2) == 52);
  CHECK(rule.slowest_ms(1000) == 2000);
  CHECK(rule.timeout(2) == rule.least_timeout);
  CHECK(rule.timeout(1000) == std::chrono::milliseconds(5000));
}

TEST_CASE("no cap is tried twice in the search, and each is heard of") {
  std::vector<std::uint64_t> heard;
  const Floor floor = find_floor(rule_from(2 * kMiB), kUncappedMs, needs(33 * kMiB),
                                 [&](const TriedCap& tried) { heard.push_back(tried.cap_bytes); });
  CHECK(heard.size() == floor.tried.size());
  std::sort(heard.begin(), heard.end());
  CHECK(std::adjacent_find(heard.begin(), heard.end()) == heard.end());
}

}  // namespace splitscope::run
