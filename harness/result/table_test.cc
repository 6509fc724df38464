#include "harness/result/table.h"

#include "harness/result/aggregate.h"
#include "tests/catch.h"

namespace splitscope::result {
namespace {

using record::Measure;

run::CaseResult result_of(const std::string& strategy, std::uint64_t rss, double wall_ms) {
  run::CaseResult result;
  result.spec.id = {"merge", strategy, "logs-5x4MB", "system", 1, run::CacheState::kWarm};
  run::Sample sample;
  sample.measures = {Measure::of("peak_rss_bytes", rss), Measure::of("net_peak_rss_bytes", rss / 2),
                     Measure::of_real("amplification", 1.5), Measure::of_real("wall_ms", wall_ms)};
  result.samples.push_back(sample);
  return result;
}

run::CaseResult failed(const std::string& strategy) {
  run::CaseResult result = result_of(strategy, 0, 0);
  result.samples[0] = {};
  result.samples[0].status = run::Status::kCrashed;
  result.samples[0].message = "died of SIGSEGV | here";
  return result;
}

constexpr std::uint64_t kMiB = 1024 * 1024;

}  // namespace

TEST_CASE("the comparison marks the best and shows failures") {
  const auto tables = comparison(
      {result_of("full-copy", 64 * kMiB, 20), result_of("streaming", 8 * kMiB, 30), failed("bad")});
  const std::string text = render_text(tables, false);
  INFO(text);
  const auto line = [&](int number) {
    std::size_t start = 0;
    for (int i = 0; i < number; ++i) start = text.find('\n', start) + 1;
    return text.substr(start, text.find('\n', start) - start);
  };
  CHECK(line(0) ==
        "merge  logs-5x4MB  peak RSS   net peak   net anon   peak file   peak heap   x input   "
        "copied      time");
  CHECK(
      line(1) ==
      "full-copy          64.0 MiB   32.0 MiB          -           -           -     1.50x*       "
      "-   20.0 ms*");
  CHECK(
      line(2) ==
      "streaming           8.0 MiB*   4.0 MiB*         -           -           -     1.50x*       "
      "-   30.0 ms");
  CHECK_THAT(line(3), test::contains("bad"));
  CHECK(line(4) == "  crashed: died of SIGSEGV | here");
}

TEST_CASE("colour is only where it was asked for") {
  const auto tables = comparison({result_of("a", 2 * kMiB, 2), result_of("b", kMiB, 1)});
  CHECK(render_text(tables, false).find('\033') == std::string::npos);
  CHECK_THAT(render_text(tables, true), test::contains("\033[32m"));
}

TEST_CASE("one row alone is not the best of anything") {
  CHECK(render_text(comparison({result_of("a", kMiB, 1)}), false).find('*') == std::string::npos);
}

TEST_CASE("a row names what is unusual about its case") {
  run::CaseResult result = result_of("a", kMiB, 1);
  result.spec.id.allocator = "jemalloc";
  result.spec.id.concurrency = 4;
  result.spec.id.cache = run::CacheState::kCold;
  CHECK(comparison({result})[0].rows[0].name == "a jemalloc c4 cold");
}

TEST_CASE("aggregates are over the ok samples that have the measure") {
  run::CaseResult result;
  for (const std::uint64_t value : {40U, 10U, 30U, 21U}) {
    result.samples.emplace_back().measures = {Measure::of("reads", value)};
  }
  result.samples.emplace_back().status = run::Status::kCrashed;
  result.samples.back().measures = {Measure::of("reads", 1000)};
  result.samples.emplace_back().measures = {Measure::absent("reads", "why")};
  using Value = std::variant<std::monostate, std::uint64_t, double>;
  CHECK(aggregate(result, "reads", Aggregate::kMin).value == Value(std::uint64_t{10}));
  CHECK(aggregate(result, "reads", Aggregate::kMax).value == Value(std::uint64_t{40}));
  // Between 21 and 30, rounded down.
  CHECK(aggregate(result, "reads", Aggregate::kMedian).value == Value(std::uint64_t{25}));
  CHECK(median(result, "reads") == 25.0);
  CHECK_FALSE(median(result, "nothing"));
}

}  // namespace splitscope::result
