#include "harness/run/suite.h"

#include <fstream>
#include <set>

#include "base/errors.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace splitscope::run {
namespace {

namespace fs = std::filesystem;

class NamedStrategy : public Strategy {
 public:
  explicit NamedStrategy(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const fs::path&) override { return nullptr; }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const fs::path&) override { return nullptr; }
  [[nodiscard]] std::uint64_t expected_peak(std::span<const std::uint64_t>) const override {
    return 0;
  }

 private:
  std::string name_;
};

Catalogs catalogs() {
  Catalogs catalogs;
  catalogs.workloads = {{"merge", "", InputKind::kSplits, false, {}},
                        {"convert", "", InputKind::kIndex, false, {}},
                        {"idle", "", InputKind::kNone, false, {}}};
  catalogs.make_strategy = [](const std::string& spec, AccessCounters&) {
    if (spec == "nonsense") throw UsageError("strategy 'nonsense' is unknown");
    // As the real catalog does, a default that is spelled out is left out of the name.
    return std::make_unique<NamedStrategy>(spec == "a:default=1" ? "a" : spec);
  };
  return catalogs;
}

Suite suite_of(const std::string& text) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "mine.json") << text;
  return load_suite("mine", folder.path());
}

constexpr const char* kSuite = R"({
  "about": "two workloads", "strategies": ["a", "b"], "repetitions": 4, "timeout_s": 7,
  "cases": [
    {"workload": "merge", "input": {"profile": "logs", "size": "4MB", "count": 5}},
    {"workload": "convert", "options": {"mode": "x"}, "cache": ["warm", "cold"],
     "inputs": [{"profile": "text", "size": "1MiB", "seed": 7}], "strategies": ["c"]},
    {"workload": "idle"}
  ]})";

std::vector<std::string> ids(const std::vector<PlannedCase>& cases) {
  std::vector<std::string> texts;
  texts.reserve(cases.size());
  for (const PlannedCase& one : cases) texts.push_back(one.spec.id.text());
  return texts;
}

}  // namespace

TEST_CASE("a suite spans the product of its axes") {
  const auto cases = plan(suite_of(kSuite), {}, catalogs());
  CHECK(ids(cases) == std::vector<std::string>{
                          "merge/a/logs-5x4MB/system/c1/warm",
                          "merge/b/logs-5x4MB/system/c1/warm",
                          "convert:mode=x/c/text-1MiB-s7/system/c1/warm",
                          "convert:mode=x/c/text-1MiB-s7/system/c1/cold",
                          "idle/a/none/system/c1/warm",
                          "idle/b/none/system/c1/warm",
                      });
  CHECK(cases[0].spec.repetitions == 4);
  CHECK(cases[0].spec.timeout == std::chrono::seconds(7));
  CHECK(cases[0].input->size_bytes == 4'000'000);
  CHECK_FALSE(cases[4].input);
}

TEST_CASE("the command line narrows and replaces") {
  Selection selection;
  selection.workloads = {"merge"};
  selection.strategies = {"a", "a:default=1", "z"};
  selection.cache = CacheState::kCold;
  selection.repetitions = 1;
  const auto cases = plan(suite_of(kSuite), selection, catalogs());
  // Two spellings of one strategy are one case.
  CHECK(ids(cases) == std::vector<std::string>{"merge/a/logs-5x4MB/system/c1/cold",
                                               "merge/z/logs-5x4MB/system/c1/cold"});
  CHECK(cases[0].spec.repetitions == 1);
}

TEST_CASE("the user's own files take the place of generated inputs") {
  Selection selection;
  selection.workloads = {"merge"};
  selection.strategies = {"a"};
  selection.files = {"/data/x.split"};
  CHECK(ids(plan(suite_of(kSuite), selection, catalogs())).front() ==
        "merge/a/x.split/system/c1/warm");
  selection.files.emplace_back("/data/y.split");
  const auto cases = plan(suite_of(kSuite), selection, catalogs());
  CHECK(cases.front().spec.id.input == "2-files");
  CHECK(cases.front().spec.inputs.size() == 2);
}

TEST_CASE("what a suite or a selection gets wrong is named") {
  CHECK_THROWS_WITH(suite_of("{"), test::contains("not JSON"));
  CHECK_THROWS_WITH(suite_of("[]"), test::contains("an object was expected"));
  CHECK_THROWS_WITH(suite_of("{}"), test::contains("'cases'"));
  CHECK_THROWS_WITH(suite_of(R"({"cases": []})"), test::contains("at least one case"));
  CHECK_THROWS_WITH(suite_of(R"({"cases": [{}]})"), test::contains("'workload' is missing"));
  CHECK_THROWS_WITH(suite_of(R"({"cases": [{"workload": "idle", "strategy": "a"}]})"),
                    test::contains("cases[0]: key 'strategy' is unknown"));
  CHECK_THROWS_WITH(suite_of(R"({"cases": [{"workload": "m", "input": {"size": "4 parsecs"}}]})"),
                    test::contains("cases[0].input: size '4 parsecs'"));
  CHECK_THROWS_WITH(suite_of(R"({"cases": [{"workload": "m", "input": {}}]})"),
                    test::contains("'size' is missing"));
  CHECK_THROWS_WITH(suite_of(R"({"repetitions": 0, "cases": [{"workload": "idle"}]})"),
                    test::contains("'repetitions' must be at least 1"));
  CHECK_THROWS_WITH(suite_of(R"({"strategies": 3, "cases": [{"workload": "idle"}]})"),
                    test::contains("wrong kind"));
  CHECK_THROWS_WITH(suite_of(R"({"cases": [{"workload": "idle", "cache": ["hot"]}]})"),
                    test::contains("'hot'"));

  const Suite suite = suite_of(kSuite);
  Selection selection;
  selection.workloads = {"brew"};
  CHECK_THROWS_WITH(plan(suite, selection, catalogs()), test::contains("merge, convert, idle"));
  selection = {};
  selection.strategies = {"nonsense"};
  CHECK_THROWS_AS(plan(suite, selection, catalogs()), UsageError);
  selection = {};
  selection.allocators = {"hoard"};
  CHECK_THROWS_WITH(plan(suite, selection, catalogs()), test::contains("'hoard'"));
}

TEST_CASE("an unknown suite names those there are") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "mine.json") << kSuite;
  CHECK_THROWS_WITH(load_suite("yours", folder.path()), test::contains("there are: mine"));
  CHECK_THROWS_WITH(load_suite("./yours.json", folder.path()), test::contains("cannot read"));
  CHECK(load_suite((folder.path() / "mine.json").string(), "/nowhere").name == "mine");
}

TEST_CASE("the suites of the project can be read") {
  const fs::path folder = fs::path(SPLITSCOPE_SOURCE_DIR) / "suites";
  const auto names = suite_names(folder);
  CHECK(std::set<std::string>(names.begin(), names.end()).count("quick") == 1);
  for (const std::string& name : names) CHECK_FALSE(load_suite(name, folder).blocks.empty());
}

}  // namespace splitscope::run
