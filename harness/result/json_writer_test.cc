#include "harness/result/json_writer.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "harness/result/context.h"
#include "harness/result/measure_catalog.h"
#include "harness/result/verdict.h"
#include "tests/catch.h"

namespace splitscope::result {
namespace {

using nlohmann::ordered_json;
using record::Measure;

run::CaseResult two_samples() {
  run::CaseResult result;
  result.spec.id = {"merge", "streaming", "logs-5x4MB", "system", 2, run::CacheState::kCold};
  run::Sample ok;
  ok.measures = {Measure::of("peak_rss_bytes", 1000),
                 Measure::of_real("wall_ms", 12.3456789),
                 Measure::of_real("user_ms", 2),
                 Measure::of_real("system_ms", 1),
                 Measure::absent("peak_heap_bytes", "no shim"),
                 Measure::of("things", 4),
                 Measure::of_real("amplification", std::numeric_limits<double>::infinity())};
  ok.output_digest = "sha256:00";
  ok.phases = {{"one", 5, 9, 7, record::kUnknown, record::kUnknown},
               {"two", 9, record::kUnknown, record::kUnknown, record::kUnknown, record::kUnknown},
               {"three", 9, 9, 1, 1, 1, 8, 5, 3, 0, 17}};
  ok.timeline = {{0, 1, 2, 3, 4}, {20, 1, 2, 3, record::kUnknown}};
  ok.read_sizes = run::Histogram{{0, 1}, {4096, 2}};
  run::Sample failed;
  failed.status = run::Status::kTimedOut;
  failed.message = "too \"slow\" \xff";
  failed.measures = {Measure::of("peak_rss_bytes", 9999)};
  result.samples = {ok, failed};
  return result;
}

}  // namespace

TEST_CASE("an ok row has every measure or a reason") {
  const auto rows = to_json(ordered_json::object(), {two_samples()}).at("benchmarks");
  const ordered_json& row = rows.at(0);
  CHECK(row.at("name") == "merge/streaming/logs-5x4MB/system/c2/cold");
  CHECK(row.at("status") == "ok");
  CHECK(row.at("message").is_null());
  CHECK_FALSE(row.contains("error_occurred"));
  CHECK(row.at("real_time") == 12.3457);
  CHECK(row.at("cpu_time") == 3.0);
  CHECK(row.at("case").at("concurrency") == 2);
  CHECK(row.at("things") == 4);
  CHECK(row.at("absent").at("peak_heap_bytes") == "no shim");
  // Infinity is not JSON.
  CHECK(row.at("amplification").is_null());
  for (const MeasureInfo& info : measure_catalog()) {
    const std::string key(info.key);
    INFO(key);
    if (info.counted_by_workload) {
      CHECK_FALSE(row.contains(key));
      continue;
    }
    REQUIRE(row.contains(key));
    CHECK(row.at(key).is_null() == row.at("absent").contains(key));
  }
}

TEST_CASE("what a workload counted is in the rows of its case") {
  run::CaseResult result = two_samples();
  result.samples[0].measures.push_back(Measure::of("s3_requests", 5));
  const auto rows = to_json(ordered_json::object(), {result}).at("benchmarks");
  CHECK(rows.at(0).at("s3_requests") == 5);
  CHECK(rows.at(1).at("s3_requests").is_null());
  CHECK(rows.at(2).at("s3_requests") == 5);
}

TEST_CASE("phases, timeline and histograms have null where nothing was measured") {
  const auto row = to_json(ordered_json::object(), {two_samples()}).at("benchmarks").at(0);
  CHECK(row.at("phases").at(0).dump() ==
        R"({"name":"one","start_us":5,"end_us":9,"peak_heap_bytes":7,"end_heap_bytes":null,)"
        R"("pss_bytes":null,"peak_rss_bytes":null,"peak_rss_anon_bytes":null,)"
        R"("peak_rss_file_bytes":null,"peak_rss_shmem_bytes":null})");
  CHECK(row.at("phases").at(2).dump() ==
        R"({"name":"three","start_us":9,"end_us":9,"peak_heap_bytes":1,"end_heap_bytes":1,)"
        R"("pss_bytes":1,"peak_rss_bytes":8,"peak_rss_anon_bytes":5,)"
        R"("peak_rss_file_bytes":3,"peak_rss_shmem_bytes":0,"pid":17})");
  // It never ended, so it lasted until the process was last seen.
  CHECK(row.at("phases").at(1).at("end_us") == 20);
  CHECK(row.at("timeline").at("rows").dump() == "[[0,1,2,3,4],[20,1,2,3,null]]");
  CHECK(row.at("read_sizes").dump() == R"({"0":1,"4096":2})");
  CHECK(row.at("heap_sizes").is_null());
}

TEST_CASE("a failed row keeps what was measured and has no times") {
  const auto row = to_json(ordered_json::object(), {two_samples()}).at("benchmarks").at(1);
  CHECK(row.at("status") == "timed_out");
  CHECK(row.at("error_occurred") == true);
  CHECK(row.at("error_message") == row.at("message"));
  CHECK(row.at("real_time") == 0.0);
  CHECK(row.at("peak_rss_bytes") == 9999);
  CHECK_THAT(row.at("absent").at("wall_ms").get<std::string>(), test::contains("failed before"));
}

TEST_CASE("aggregates follow the rows of their case and leave failures out") {
  const auto rows = to_json(ordered_json::object(), {two_samples()}).at("benchmarks");
  REQUIRE(rows.size() == 5);
  CHECK(rows.at(2).at("name") == "merge/streaming/logs-5x4MB/system/c2/cold_median");
  CHECK(rows.at(3).at("aggregate_name") == "min");
  CHECK(rows.at(4).at("aggregate_name") == "max");
  CHECK(rows.at(4).at("peak_rss_bytes") == 1000);
  CHECK(rows.at(4).at("samples") == 1);
  CHECK(rows.at(4).at("peak_heap_bytes").is_null());

  run::CaseResult all_failed = two_samples();
  all_failed.samples.erase(all_failed.samples.begin());
  CHECK(to_json(ordered_json::object(), {all_failed}).at("benchmarks").size() == 1);
}

TEST_CASE("command lines lose the folders of this machine") {
  CHECK(without_folders({"splitscope", "run", "--out=/home/me/out", "/data/a.split", "x/y"}) ==
        "splitscope run --out=out a.split x/y");
  CHECK(without_folders({"/a/b/"}) == "b/");
  CHECK(without_folders({"exec", "--password=hunter2", "a\nb"}) == "exec --password=*** a%0Ab");
}

TEST_CASE("the mode in brackets is the one in force") {
  CHECK(bracketed("always [madvise] never\n") == "madvise");
  CHECK_FALSE(bracketed(""));
}

TEST_CASE("the verdict counts cases") {
  CHECK(verdict({two_samples()}) == "1 of 1 case failed");
  run::CaseResult ok = two_samples();
  ok.samples.pop_back();
  run::CaseResult begun = two_samples();
  begun.spec.repetitions = 4;
  CHECK(verdict({begun, ok}) == "Unfinished, 3 of 5 samples are there; 1 of 2 cases failed");
  run::CaseResult not_begun = ok;
  not_begun.samples.clear();
  CHECK(verdict({ok, not_begun}) == "Unfinished, 1 of 2 samples are there; none of 1 case failed");
  CHECK(verdict({ok}) == "1 case ok");
  CHECK(verdict({ok, ok}) == "All 2 cases ok");
}

}  // namespace splitscope::result
