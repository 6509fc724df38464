// The three codecs of column values: round trips, tantivy's choice between them, its bytes.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "formats/codec/bit_pack.h"
#include "formats/segment/columnar/testing/columns.h"
#include "formats/segment/columnar/value_plan.h"
#include "formats/segment/columnar/value_stream.h"
#include "formats/segment/columnar/value_writer.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using Values = std::vector<std::uint64_t>;

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

std::vector<std::byte> write(const Values& values, const ValuePlan& plan,
                             std::size_t piece = std::numeric_limits<std::size_t>::max()) {
  std::vector<std::byte> bytes;
  ComponentWriter out(std::make_unique<MemorySink>(bytes));
  ValueWriter writer(out, plan);
  for (auto rest = std::span<const std::uint64_t>(values); !rest.empty();) {
    const std::size_t length = std::min(piece, rest.size());
    writer.put(rest.first(length));
    rest = rest.subspan(length);
  }
  writer.finish();
  const std::uint64_t length = out.offset();
  out.finish();
  bytes.resize(length);
  return bytes;
}

Values read(const std::vector<std::byte>& bytes, std::size_t window, ValueCodec codec,
            const ColumnStats& stats) {
  const MemorySource source(bytes, window);
  const ValueLayout layout(SourceRange(source, "values"));
  CHECK(layout.codec() == codec);
  CHECK(layout.stats() == stats);
  ValueStream stream(layout);
  return test::read_values(stream);
}

// Plans of all codecs, whichever would be chosen.
std::vector<ValuePlan> all_plans(const Values& values) {
  std::vector<ValuePlan> plans(3, bitpacked_plan(compute_stats(values)));
  plans[1].codec = ValueCodec::kBlockwiseLinear;
  ValuePlan& linear = plans[2];
  linear.codec = ValueCodec::kLinear;
  linear.line = fit_line(std::span(values).first(std::min(values.size(), kLineBlockValues)));
  std::uint64_t max = 0;
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    max = std::max(max, values[i] - linear.line.at(i));
  }
  linear.bits = packed_bits(max);
  return plans;
}

// Values as columns have them, and some that no line fits.
std::vector<Values> shapes(std::uint32_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<Values> all(11, Values(count));
  for (std::uint32_t i = 0; i < count; ++i) {
    std::size_t shape = 0;
    for (const std::uint64_t value :
         {std::uint64_t{77}, std::uint64_t{i}, kMax - i * std::uint64_t{3},
          std::uint64_t{i} * 1'000'000'000 + 5, (std::uint64_t{1} << 63) + random() % 100 - 50,
          random(), random() >> 7, i % 2 == 0 ? kMax : 0, std::uint64_t{i % 512} << 30,
          std::uint64_t{i} << 40, std::uint64_t{i} * 250 + random() % 9}) {
      all[shape++][i] = value;
    }
  }
  return all;
}

TEST_CASE("every codec brings back what it was given, around every block boundary", "[codecs]") {
  for (const std::uint32_t count :
       {0U, 1U, 2U, 3U, 511U, 512U, 513U, 1023U, 1024U, 1025U, 1535U, 1536U, 1537U}) {
    for (const Values& values : shapes(count, count)) {
      const ColumnStats stats = compute_stats(values);
      for (const ValuePlan& plan : all_plans(values)) {
        INFO(count << " values, codec " << static_cast<int>(plan.codec));
        const auto bytes = write(values, plan);
        for (const std::size_t window : {std::size_t{0}, std::size_t{1}, std::size_t{61}}) {
          REQUIRE(read(bytes, window, plan.codec, stats) == values);
        }
        for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{513}}) {
          REQUIRE(write(values, plan, piece) == bytes);
        }
      }
    }
  }
}

TEST_CASE("the planner picks the smaller codec, the bit-packed one when both are as long",
          "[codecs]") {
  int chosen[3] = {};
  for (const std::uint32_t count : {0U, 1U, 2U, 511U, 512U, 513U, 1024U, 1025U, 5000U}) {
    for (const Values& values : shapes(count, count + 1)) {
      for (const auto use : {ValuePlanner::Use::kValues, ValuePlanner::Use::kStarts}) {
        const ValuePlan plan = plan_values(values, use);
        CHECK(plan.stats == compute_stats(values));
        const auto bytes = write(values, plan);
        REQUIRE(read(bytes, 61, plan.codec, plan.stats) == values);
        ++chosen[static_cast<std::size_t>(plan.codec)];
        const auto packed = write(values, bitpacked_plan(plan.stats));
        if (use == ValuePlanner::Use::kStarts) {
          CHECK(plan.codec != ValueCodec::kBlockwiseLinear);
          CHECK(bytes.size() <= packed.size());
          if (bytes.size() == packed.size()) CHECK(plan.codec == ValueCodec::kBitpacked);
          continue;
        }
        CHECK(plan.codec != ValueCodec::kLinear);
        // What a divisor saves is estimated; without one the sizes are exact.
        if (plan.stats.gcd != 1) continue;
        ValuePlan blockwise = plan;
        blockwise.codec = ValueCodec::kBlockwiseLinear;
        const bool smaller = write(values, blockwise).size() < packed.size();
        CHECK(smaller == (plan.codec == ValueCodec::kBlockwiseLinear));
      }
    }
  }
  for (const int count : chosen) CHECK(count > 0);
}

TEST_CASE("a plan does not depend on the pieces that values come in", "[codecs]") {
  for (const Values& values : shapes(1700, 5)) {
    for (const auto use : {ValuePlanner::Use::kValues, ValuePlanner::Use::kStarts}) {
      const auto whole = write(values, plan_values(values, use));
      for (const std::size_t piece : {std::size_t{1}, std::size_t{100}, std::size_t{511}}) {
        ValuePlanner planner(use);
        for (std::size_t at = 0; at < values.size(); at += piece) {
          planner.add(std::span(values).subspan(at, std::min(piece, values.size() - at)));
        }
        REQUIRE(write(values, planner.plan()) == whole);
      }
    }
  }
}

TEST_CASE("fitted lines lie at or below values that fall little below their first", "[codecs]") {
  std::mt19937_64 random(9);
  for (int round = 0; round < 2000; ++round) {
    Values values(1 + random() % 600);
    const std::uint64_t base = random();
    const std::uint64_t step = random() >> (14 + random() % 50);
    const std::uint64_t noise = 1 + (random() >> (33 + random() % 31));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = base + i * step + random() % noise;
    const ValueLine line = fit_line(values);
    std::uint64_t min = kMax;
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      const std::uint64_t distance = values[i] - line.at(i);
      REQUIRE(distance < std::uint64_t{1} << 63);
      min = std::min(min, distance);
    }
    if (values.size() > 1) CHECK(min == 0);
  }
  CHECK(fit_line(Values{5}) == ValueLine{});
  CHECK(fit_line(Values{5, 5}) == ValueLine{0, 5});
}

TEST_CASE("a value that is not in the plan is refused", "[codecs]") {
  Values values(600);
  for (std::uint32_t i = 0; i < values.size(); ++i) values[i] = 10 + std::uint64_t{i} * 4;
  for (const ValuePlan& plan : all_plans(values)) {
    for (const std::uint64_t wrong : {std::uint64_t{0}, std::uint64_t{11}, std::uint64_t{5000}}) {
      Values bad = values;
      bad[550] = wrong;
      CHECK_THROWS_AS(write(bad, plan), std::logic_error);
    }
    Values more = values;
    more.push_back(10);
    CHECK_THROWS_AS(write(more, plan), std::logic_error);
    CHECK_THROWS_AS(write({10, 14}, plan), std::logic_error);
  }
  ValuePlan impossible = bitpacked_plan({5, 4, 1, 1});
  CHECK_THROWS_AS(write({5}, impossible), std::logic_error);
}

std::string hex(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
    text += digits;
  }
  return text;
}

// Bytes that tantivy-columnar 0.7.0 (tantivy 0.26.1) made of the same values.
TEST_CASE("codecs write tantivy's bytes", "[codecs]") {
  const auto make = [](std::uint32_t count, auto value_of) {
    Values values;
    for (std::uint64_t i = 0; i < count; ++i) values.push_back(value_of(i));
    return values;
  };
  const auto written = [](const Values& values, ValuePlanner::Use use) {
    return hex(write(values, plan_values(values, use)));
  };
  using enum ValuePlanner::Use;
  CHECK(written(make(514, [](std::uint64_t i) { return 1000 + 10 * i; }), kValues) ==
        "0268878a018402840000000090800000000000900084000f000000");
  std::string alternating = "84";
  for (int i = 0; i < 64; ++i) alternating += "aa";
  CHECK(written(make(513, [](std::uint64_t i) { return (std::uint64_t{1} << 63) - 7 * i + i % 2; }),
                kValues) ==
        "0200647f7f7f7f7f7fff82008e01" + alternating + "10400002487f7f7f7f81008e0180800010000000");
  CHECK(written(make(600, [](std::uint64_t i) { return 2 * i + (i == 599 ? 1 : 0); }), kStarts) ==
        "0180812f89588400000000a08001" + std::string(2 * 74, '0') + "80");
  CHECK(written({5, 5, 5}, kValues) == "0085818083");
  CHECK(written({}, kValues) == "0080818080");
  CHECK(written({0}, kStarts) == "0080818081");
  // What the divisor saves decides.
  const std::string by_gain =
      written(make(600, [](std::uint64_t i) { return 1000 * (4 * i + i * 7919 % 200); }), kValues);
  CHECK(by_gain.size() == 2 * 636);
  CHECK(by_gain.starts_with("028068877a935884077e2da453ca79289f4ec574"));
  // Too few starts for a line.
  CHECK(plan_values(make(511, [](std::uint64_t i) { return 2 * i; }), kStarts).codec ==
        ValueCodec::kBitpacked);
}

}  // namespace
}  // namespace splitscope::formats
