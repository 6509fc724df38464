#include <numeric>
#include <vector>

#include "splitscope/catch2_peak_limit.h"

static long sum_of_squares(int count) {
  std::vector<long> squares;
  for (long i = 0; i < count; ++i) squares.push_back(i * i);
  return std::accumulate(squares.begin(), squares.end(), 0L);
}

TEST_CASE("ten thousand squares fit into 256 KiB") {
  long sum = 0;
  SPLITSCOPE_PEAK_LIMIT(256 * 1024) { sum = sum_of_squares(10'000); }
  CHECK(sum == 333'283'335'000);
}

// Fails on purpose, and so only when asked for: limit_test '[too-small]'.
TEST_CASE("they do not fit into 64 KiB", "[.][too-small]") {
  SPLITSCOPE_PEAK_LIMIT(64 * 1024) { (void)sum_of_squares(10'000); }
}
