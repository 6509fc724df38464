#include "harness/result/json_reader.h"

#include <fstream>

#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "harness/result/json_writer.h"
#include "tests/catch.h"

namespace splitscope::result {
namespace {

using record::Measure;

run::CaseResult case_of(const std::string& strategy, int repetitions, int samples) {
  run::CaseResult result;
  result.spec.id = {"merge", strategy, "logs", "system", 2, run::CacheState::kCold};
  result.spec.repetitions = repetitions;
  for (int i = 0; i < samples; ++i) {
    run::Sample sample;
    sample.measures = {Measure::of("peak_rss_bytes", ~std::uint64_t{0}),
                       Measure::of_real("wall_ms", 12.5), Measure::of_real("user_ms", 2),
                       Measure::absent("peak_heap_bytes", "no shim"), Measure::of("things", 4)};
    sample.input_bytes = 7;
    sample.output_digest = "sha256:00";
    sample.phases = {{"one", 5, 9, 7, record::kUnknown, record::kUnknown, 40, 30, 10, 0, 17}};
    sample.timeline = {{0, 1, 2, 3, 4}, {20, 1, 2, 3, record::kUnknown}};
    sample.read_sizes = run::Histogram{{0, 1}, {4096, 2}};
    result.samples.push_back(sample);
  }
  if (samples > 1) {
    result.samples.back().status = run::Status::kCrashed;
    result.samples.back().message = "died of \"SIGSEGV\"";
  }
  return result;
}

nlohmann::ordered_json context() { return {{"schema_version", kSchemaVersion}}; }

std::string text_of(const std::vector<run::CaseResult>& results) {
  return ResultsText(context()).of(results, {{"suite", "quick"}});
}

StoredResults stored(const std::string& text) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "results.json") << text;
  return read_results(folder.path() / "results.json");
}

}  // namespace

TEST_CASE("what was written is read back to the byte") {
  std::vector<run::CaseResult> results{case_of("a", 3, 2), case_of("b", 1, 0)};
  const StoredResults read = stored(text_of(results));
  CHECK_FALSE(read.complete());
  CHECK(read.context.at("planned_samples") == 4);
  CHECK(read.context.at("resume").at("suite") == "quick");
  std::vector<run::CaseResult> again{case_of("a", 3, 0), case_of("b", 1, 0)};
  again[0].samples = read.samples.at(results[0].spec.id.text());
  CHECK(text_of(again) == text_of(results));
}

TEST_CASE("phases of older files are without peaks by kind") {
  std::string text = text_of({case_of("a", 1, 1)});
  const auto begin = text.find(",\"peak_rss_bytes\":40");
  REQUIRE(begin != std::string::npos);
  text.erase(begin, text.find('}', begin) - begin);
  const auto samples = stored(text).samples.at(case_of("a", 1, 0).spec.id.text());
  const record::Phase& phase = samples.at(0).phases.at(0);
  CHECK(phase.end_us == 9);
  CHECK(phase.peak_rss_bytes == record::kUnknown);
  CHECK(phase.peak_rss_shmem_bytes == record::kUnknown);
  CHECK(phase.pid == 0);
}

TEST_CASE("a run is complete when all samples are there, and then says no more how to go on") {
  const std::vector<run::CaseResult> results{case_of("a", 2, 2), case_of("b", 1, 1)};
  const StoredResults read = stored(text_of(results));
  CHECK(read.complete());
  CHECK_FALSE(read.context.contains("resume"));
  // Files from before there was "complete".
  CHECK(stored(R"({"context": {"schema_version": 1}, "benchmarks": []})").complete());
}

TEST_CASE("text that grows is the same as text made at once") {
  ResultsText growing(context());
  std::vector<run::CaseResult> results{case_of("a", 2, 0), case_of("b", 1, 0)};
  (void)growing.of(results, nullptr);
  results[0].samples = case_of("a", 2, 1).samples;
  (void)growing.of(results, nullptr);
  results[1].samples = case_of("b", 1, 1).samples;
  (void)growing.of(results, nullptr);
  results[0].samples = case_of("a", 2, 2).samples;
  CHECK(growing.of(results, nullptr) == ResultsText(context()).of(results, nullptr));
}

TEST_CASE("what is no result is refused with its place") {
  CHECK_THROWS_WITH(stored("{"), test::contains("results.json: line 1"));
  CHECK_THROWS_WITH(stored("[]"), test::contains("is no results.json"));
  CHECK_THROWS_WITH(stored(R"({"context": {"schema_version": 2}, "benchmarks": []})"),
                    test::contains("expected 1, found 2"));
  CHECK_THROWS_WITH(
      stored(R"({"context": {"schema_version": 1}, "benchmarks": [{"run_type": "iteration"}]})"),
      test::contains("benchmarks[0]"));
  std::string text = text_of({case_of("a", 1, 1)});
  text.replace(text.find("\"ok\""), 4, "\"so\"");
  CHECK_THROWS_WITH(stored(text), test::contains("'so' is unknown"));
}

TEST_CASE("samples are counted by case, and a file of the user's own is none") {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "results.json";
  std::ofstream(file) << text_of({case_of("a", 3, 2), case_of("b", 1, 1)});
  const auto counts = stored_counts(file);
  REQUIRE(counts);
  CHECK(counts->at(case_of("a", 1, 0).spec.id.text()) == 2);
  CHECK(counts->size() == 2);
  std::ofstream(file) << "my notes";
  CHECK_FALSE(stored_counts(file));
  CHECK_FALSE(stored_counts(folder.path() / "none"));
}

}  // namespace splitscope::result
