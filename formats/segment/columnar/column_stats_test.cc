#include "formats/segment/columnar/column_stats.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "formats/segment/columnar/monotone_map.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using Values = std::vector<std::uint64_t>;

TEST_CASE("statistics as tantivy's collector has them", "[columns]") {
  CHECK(compute_stats({}) == ColumnStats{0, 0, 1, 0});
  CHECK(compute_stats(Values{7}) == ColumnStats{7, 7, 1, 1});
  CHECK(compute_stats(Values{7, 7, 7}) == ColumnStats{7, 7, 1, 3});
  CHECK(compute_stats(Values{10, 30}) == ColumnStats{10, 30, 20, 2});
  CHECK(compute_stats(Values{30, 10, 16}) == ColumnStats{10, 30, 2, 3});
  CHECK(compute_stats(Values{0, ~0ULL}) == ColumnStats{0, ~0ULL, ~0ULL, 2});
}

TEST_CASE("statistics do not depend on the pieces that values come in", "[columns]") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 5000; ++round) {
    const std::uint64_t step = random() % 12;
    const std::uint64_t base = random() % 3 == 0 ? random() >> 1 : random() % 50;
    Values all;
    StatsCollector collector;
    for (int part = 0; part < 4; ++part) {
      Values values(random() % 4);
      for (auto& value : values) value = base + step * (random() % 20);
      collector.add(values);
      all.insert(all.end(), values.begin(), values.end());
    }
    REQUIRE(collector.stats() == compute_stats(all));
  }
}

TEST_CASE("statistics that cannot be are refused", "[columns]") {
  const auto read = [](std::uint64_t min, std::uint64_t gcd, std::uint64_t packed,
                       std::uint64_t count) {
    ByteBuffer bytes;
    for (const std::uint64_t number : {min, gcd, packed, count}) bytes.vint(number);
    ByteReader in(bytes.span());
    return read_stats(in);
  };
  CHECK(read(5, 10, 3, 2) == ColumnStats{5, 35, 10, 2});
  CHECK_THROWS_AS(read(5, 0, 3, 2), FormatError);
  CHECK_THROWS_AS(read(5, 1ULL << 63, 2, 2), FormatError);
  CHECK_THROWS_AS(read(5, 1, ~0ULL, 2), FormatError);
  CHECK_THROWS_AS(read(5, 1, 1, 1ULL << 32), FormatError);
}

TEST_CASE("maps to u64 keep the order", "[columns]") {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> doubles = {-inf, -1.5, -1e-300, -0.0, 0.0, 1e-300, 1.5, inf, nan};
  for (std::size_t i = 0; i + 1 < doubles.size(); ++i) {
    CHECK(map_f64(doubles[i]) < map_f64(doubles[i + 1]));
    CHECK(std::signbit(unmap_f64(map_f64(doubles[i]))) == std::signbit(doubles[i]));
    CHECK(unmap_f64(map_f64(doubles[i])) == doubles[i]);
  }
  CHECK(std::isnan(unmap_f64(map_f64(nan))));
  CHECK(map_f64(1.0) == 0xBFF0000000000000);
  CHECK(map_f64(-1.0) == ~0xBFF0000000000000);
  const std::vector<std::int64_t> integers = {std::numeric_limits<std::int64_t>::min(), -1, 0, 1,
                                              std::numeric_limits<std::int64_t>::max()};
  for (std::size_t i = 0; i < integers.size(); ++i) {
    if (i > 0) CHECK(map_i64(integers[i - 1]) < map_i64(integers[i]));
    CHECK(unmap_i64(map_i64(integers[i])) == integers[i]);
  }
  CHECK(map_i64(0) == 1ULL << 63);
  CHECK(map_bool(false) == 0);
  CHECK(map_bool(true) == 1);
  CHECK(truncate_date(1'999'999'999) == 1'000'000'000);
  CHECK(truncate_date(-1'999'999'999) == -1'000'000'000);
}

}  // namespace
}  // namespace splitscope::formats
