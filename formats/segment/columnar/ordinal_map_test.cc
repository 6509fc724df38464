#include "formats/segment/columnar/ordinal_map.h"

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

#include "tests/catch.h"

namespace splitscope::formats {
namespace {

void check_map(const std::vector<std::uint64_t>& values, std::uint64_t bound) {
  OrdinalMap map(values.size(), bound);
  for (const std::uint64_t value : values) map.push_back(value);
  REQUIRE(map.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) REQUIRE(map[i] == values[i]);
  std::vector<std::uint64_t> ordinals(values.size());
  for (std::size_t i = 0; i < ordinals.size(); ++i) ordinals[i] = ordinals.size() - 1 - i;
  REQUIRE(map.map(ordinals));
  std::reverse(ordinals.begin(), ordinals.end());
  REQUIRE(ordinals == values);
  std::vector<std::uint64_t> beyond = {values.size()};
  CHECK(!map.map(beyond));
}

std::vector<std::uint64_t> random_values(std::size_t count, std::uint64_t bound, unsigned seed) {
  std::mt19937_64 random(seed);
  std::set<std::uint64_t> values;
  while (values.size() < count) values.insert(random() % bound);
  return {values.begin(), values.end()};
}

TEST_CASE("an ordinal map holds what a vector would", "[ordinals]") {
  for (const std::size_t count : {0U, 1U, 2U, 63U, 64U, 65U, 255U, 256U, 257U, 512U, 5000U}) {
    for (const std::uint64_t factor : {1U, 2U, 3U, 5U, 64U, 1000U}) {
      const std::uint64_t bound = count * factor + (count == 0 ? 1 : 0);
      check_map(random_values(count, bound, static_cast<unsigned>(count + factor)), bound);
    }
    check_map(random_values(count, 1ULL << 62, 9), 1ULL << 62);
  }
}

TEST_CASE("long gaps and runs in an ordinal map", "[ordinals]") {
  std::vector<std::uint64_t> values;
  for (std::uint64_t i = 0; i < 1000; ++i) values.push_back(i);
  for (std::uint64_t i = 0; i < 1000; ++i) values.push_back(1'000'000 + i);
  check_map(values, 1'001'000);
  check_map(values, 10'000'000);
  std::reverse(values.begin(), values.end());
  for (auto& value : values) value = 1'000'999 - value;
  check_map(values, 1'001'000);
}

TEST_CASE("five equal inputs take less than five bits per entry", "[ordinals]") {
  constexpr std::uint64_t kCount = 100'000;
  OrdinalMap map(kCount, 5 * kCount);
  const std::uint64_t before = map.heap_bytes();
  for (std::uint64_t i = 0; i < kCount; ++i) map.push_back(5 * i + i % 5);
  CHECK(map.heap_bytes() == before);
  CHECK(map.heap_bytes() * 8 < 5 * kCount);
}

TEST_CASE("an ordinal map refuses what it has no room for", "[ordinals]") {
  OrdinalMap map(2, 10);
  map.push_back(3);
  CHECK_THROWS_AS(map.push_back(3), std::logic_error);
  CHECK_THROWS_AS(map.push_back(10), std::logic_error);
  map.push_back(9);
  CHECK_THROWS_AS(map.push_back(9), std::logic_error);
  CHECK_THROWS_AS(OrdinalMap(3, 2), std::logic_error);
}

}  // namespace
}  // namespace splitscope::formats
