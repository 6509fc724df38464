#include "harness/record/thinning.h"

#include <algorithm>
#include <random>

#include "tests/catch.h"

namespace splitscope::record {
namespace {

std::vector<ResidentSample> ramp(std::size_t rows) {
  std::vector<ResidentSample> samples(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    samples[i].t_us = i * 1000;
    samples[i].anon_bytes = i;
  }
  return samples;
}

bool holds(const std::vector<ResidentSample>& rows, const ResidentSample& row) {
  return std::find(rows.begin(), rows.end(), row) != rows.end();
}

TEST_CASE("a timeline that fits stays as it is") {
  const auto rows = ramp(2000);
  CHECK(thin_timeline(rows) == rows);
  CHECK(thin_timeline({}).empty());
}

TEST_CASE("samples from two sides are put in order") {
  auto rows = ramp(10);
  std::reverse(rows.begin(), rows.end());
  CHECK(thin_timeline(rows) == ramp(10));
}

TEST_CASE("a long timeline is cut to the limit, with both ends") {
  const auto rows = ramp(100'003);
  const auto thin = thin_timeline(rows);
  CHECK(thin.size() == kMaxTimelineRows);
  CHECK(thin.front() == rows.front());
  CHECK(thin.back() == rows.back());
  SECTION("evenly") {
    std::uint64_t widest = 0;
    for (std::size_t i = 1; i < thin.size(); ++i) {
      widest = std::max(widest, thin[i].t_us - thin[i - 1].t_us);
    }
    CHECK(widest <= 2 * 51 * 1000);
  }
}

TEST_CASE("every local maximum of every column stays") {
  auto rows = ramp(20'000);
  for (auto& row : rows) row = {row.t_us, 1000, 1000, 1000, 1000};
  std::vector<std::size_t> spikes;
  for (std::size_t at = 37; at < rows.size(); at += 61) spikes.push_back(at);
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    auto& row = rows[spikes[i]];
    switch (i % 4) {
      case 0:
        row.anon_bytes += 1 + i;
        break;
      case 1:
        row.file_bytes += 1 + i;
        break;
      case 2:
        row.shmem_bytes += 1 + i;
        break;
      default:
        row.heap_bytes += 1 + i;
        break;
    }
  }
  const auto thin = thin_timeline(rows);
  CHECK(thin.size() == kMaxTimelineRows);
  for (const std::size_t at : spikes) CHECK(holds(thin, rows[at]));
}

TEST_CASE("with more local maxima than places the highest of each stretch stay") {
  std::mt19937_64 random(20'240'607);
  auto rows = ramp(50'000);
  for (auto& row : rows) {
    row.anon_bytes = random() % 1000;
    row.file_bytes = random() % 1000;
    row.shmem_bytes = random() % 1000;
    row.heap_bytes = kUnknown;
  }
  rows[31'337].anon_bytes = 2000;
  rows[17].file_bytes = 1500;
  rows[49'998].shmem_bytes = 1600;
  const auto thin = thin_timeline(rows);
  CHECK(thin.size() <= kMaxTimelineRows);
  CHECK(thin.size() > kMaxTimelineRows / 2);
  CHECK(holds(thin, rows[31'337]));
  CHECK(holds(thin, rows[17]));
  CHECK(holds(thin, rows[49'998]));
  CHECK(std::is_sorted(thin.begin(), thin.end(),
                       [](const auto& a, const auto& b) { return a.t_us < b.t_us; }));
}

TEST_CASE("every limit holds, also absurd ones") {
  const auto rows = ramp(500);
  for (const std::size_t limit : {0u, 1u, 16u, 17u, 100u, 499u, 500u, 501u}) {
    CHECK(thin_timeline(rows, limit).size() == std::clamp<std::size_t>(limit, 16, 500));
  }
}

}  // namespace
}  // namespace splitscope::record
