#include <numeric>
#include <vector>

#include "splitscope/gtest_peak_limit.h"

static long sum_of_squares(int count) {
  std::vector<long> squares;
  for (long i = 0; i < count; ++i) squares.push_back(i * i);
  return std::accumulate(squares.begin(), squares.end(), 0L);
}

TEST(Squares, TenThousandFitInto256KiB) {
  long sum = 0;
  SPLITSCOPE_PEAK_LIMIT(256 * 1024) { sum = sum_of_squares(10'000); }
  EXPECT_EQ(sum, 333'283'335'000);
}

// Fails on purpose, and so only when asked for: limit_test --gtest_also_run_disabled_tests.
TEST(Squares, DISABLED_TheyDoNotFitInto64KiB) {
  SPLITSCOPE_PEAK_LIMIT(64 * 1024) { (void)sum_of_squares(10'000); }
}
