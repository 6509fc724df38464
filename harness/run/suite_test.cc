#include "harness/run/suite.h"

#include <fstream>
#include <set>

#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "tests/catch.h"

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
  using workloads::WorkloadInput;
  catalogs.workloads.resize(3);
  catalogs.workloads[0].name = "merge";
  catalogs.workloads[0].input = WorkloadInput::kSplits;
  catalogs.workloads[1].name = "convert";
  catalogs.workloads[1].input = WorkloadInput::kIndex;
  catalogs.workloads[1].options = {{"mode", "", workloads::WorkloadOption::Kind::kText}};
  catalogs.workloads[2].name = "idle";
  catalogs.strategies.resize(2);
  catalogs.strategies[0].name = "a";
  catalogs.strategies[1].name = "b";
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

// A suite of one case that has `part` besides its workload.
std::string one(const std::string& part) {
  return R"({"cases": [{"workload": "idle", )" + part + "}]}";
}

constexpr const char* kSuite = R"({
  "about": "two workloads", "strategies": ["a", "b"], "repetitions": 4, "timeout_s": 7,
  "cases": [
    {"workload": "merge", "input": {"profile": "logs", "size": "4MB", "count": 5}},
    {"workload": "convert", "options": {"mode": "x"}, "cache": ["warm", "cold"],
     "inputs": [{"profile": "text", "size": "1MiB", "seed": 7}], "strategies": ["c"]},
    {"workload": "idle"}
  ]})";

std::vector<std::string> ids(const std::vector<CaseSpec>& cases) {
  std::vector<std::string> texts;
  texts.reserve(cases.size());
  for (const CaseSpec& one : cases) texts.push_back(one.id.text());
  return texts;
}

}  // namespace

TEST_CASE("a suite that names no strategy, or all, runs the catalog") {
  const std::vector<std::string> both{"idle/a/none/system/c1/warm", "idle/b/none/system/c1/warm"};
  CHECK(ids(plan(suite_of(one(R"("repetitions": 2)")), {}, catalogs())) == both);
  CHECK(ids(plan(suite_of(one(R"("strategies": ["all"])")), {}, catalogs())) == both);

  auto more = both;
  more.insert(more.begin(), "idle/b:window=1/none/system/c1/warm");
  const Suite suite = suite_of(one(R"("strategies": ["b:window=1", "all", "a"])"));
  CHECK(ids(plan(suite, {}, catalogs())) == more);

  Selection selection;
  selection.strategies = {"all"};
  CHECK(ids(plan(suite_of(kSuite), selection, catalogs())).size() == 8);
}

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
  CHECK(cases[0].repetitions == 4);
  CHECK(cases[0].timeout == std::chrono::seconds(7));
  CHECK(cases[0].generated->size_bytes == 4'000'000);
  CHECK_FALSE(cases[4].generated);
}

TEST_CASE("memory caps are an axis, and show in the id") {
  const Suite suite =
      suite_of(one(R"("strategies": ["a"], "memory_cap": ["none", "64MiB", "5000kB"])"));
  const auto cases = plan(suite, {}, catalogs());
  CHECK(ids(cases) == std::vector<std::string>{"idle/a/none/system/c1/warm",
                                               "idle/a/none/system/c1/warm/cap-64MiB",
                                               "idle/a/none/system/c1/warm/cap-5MB"});
  CHECK(cases[1].id.memory_cap_bytes == std::uint64_t{64} << 20);
  Selection selection;
  selection.memory_caps = {parse_memory_cap("1MiB")};
  CHECK(ids(plan(suite, selection, catalogs())) ==
        std::vector<std::string>{"idle/a/none/system/c1/warm/cap-1MiB"});
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
  CHECK(cases[0].repetitions == 1);
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
  CHECK(cases.front().id.input == "2-files");
  CHECK(cases.front().inputs.size() == 2);
}

TEST_CASE("what a suite or a selection gets wrong is named") {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"{", "mine.json: line 1, column"},
           {"[]", "mine.json: expected an object, found an empty list"},
           {"{}", "key 'cases' is missing"},
           {R"({"cases": []})", "cases: expected a list of at least one item, found an empty list"},
           {R"({"cases": {}})", "cases: expected a list of at least one item, found an object"},
           {R"({"cases": [{}]})", "cases[0]: key 'workload' is missing"},
           {R"({"cases": [{"workload": "idle", "strategy": "a"}]})",
            "cases[0]: key 'strategy' is unknown"},
           {one(R"("input": {"size": "4 parsecs"})"), "cases[0].input.size: size '4 parsecs'"},
           {one(R"("input": {"size": "-5MB"})"),
            "cases[0].input.size: size '-5MB' is not a number"},
           {one(R"("input": {"size": "0MB"})"), "cases[0].input.size: a size of 0 bytes"},
           {one(R"("input": {"size": "99999999TB"})"), "too large"},
           {one(R"("input": {"size": 4000000})"), "input.size: expected a text, found 4000000"},
           {one(R"("input": {"size": "1MB", "count": 0})"), "from 1 to 10000, found 0"},
           {one(R"("input": {"size": "1MB", "seed": -1})"), "found -1"},
           {one(R"("input": {"size": "1MB", "profile": "../x"})"),
            "input.profile: expected a name"},
           {one(R"("input": {})"), "'size' is missing"},
           {one(R"("input": {"size": "1MB"}, "inputs": [{"size": "1MB"}])"), "both 'input' and"},
           {one(R"("inputs": [])"), "cases[0].inputs: expected a list"},
           {one(R"("inputs": [{"size": "1MB"}, 7])"), "cases[0].inputs[1]: expected an object"},
           {one(R"("repetitions": 0)"), "repetitions: expected a whole number from 1 to 1000000"},
           {one(R"("repetitions": 1.9)"), "cases[0].repetitions: expected a whole number"},
           {one(R"("repetitions": 4294967297)"), "found 4294967297"},
           {one(R"("repetitions": true)"), "found true"},
           {one(R"("repetitions": )" + std::string(5000, '1')), "5000 characters"},
           {one(R"("timeout_s": 99999999999)"), "timeout_s: expected a whole number"},
           {one(R"("concurrency": [1, 0])"), "cases[0].concurrency[1]: expected"},
           {one(R"("concurrency": [])"), "at least one item"},
           {one(R"("strategies": 3)"), "strategies: expected a list"},
           {one(R"("strategies": [])"), "at least one item"},
           {one(R"("strategies": ["a\u001b[31m"])"), "characters that cannot be shown"},
           {one(R"("cache": ["hot"])"), "cases[0].cache[0]: expected warm or cold, found \"hot\""},
           {one(R"("memory_cap": "64MiB")"), "cases[0].memory_cap: expected a list"},
           {one(R"("memory_cap": ["64 parsecs"])"), "cases[0].memory_cap[0]: size '64 parsecs'"},
           {one(R"("memory_cap": ["0MiB"])"), "cases[0].memory_cap[0]: a memory cap of 0 bytes"},
           {one(R"("options": {"mode": 3})"), "options.mode: expected a text, found 3"},
           {one(R"("options": {"mode": "a", "mode": "b"})"), "key 'mode' stands twice"},
           {one(R"("options": {"mode": "\ud800"})"), "not JSON"},
           {std::string(100'000, '['), "64 levels"},
           {"", "not JSON"},
       }) {
    INFO(text.substr(0, 200));
    CHECK_THROWS_MATCHES(
        suite_of(text), UsageError,
        Catch::Matchers::Predicate<UsageError>([&, &want = message](const UsageError& error) {
          const std::string said = error.what();
          INFO(said);
          CHECK_THAT(said, test::contains(want));
          return said.find('\n') == std::string::npos && said.size() < 600;
        }));
  }

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

TEST_CASE("secrets have no place in a suite, and the message does not show them") {
  for (const std::string& part :
       {std::string(R"("options": {"access_key": "hunter2"})"),
        std::string(R"("options": {"secret_key": {"deep": "hunter2"}})"),
        std::string(R"("options": {"session_token": "hunter2"})"),
        std::string(R"("options": {"endpoint": "http://me:hunter2@host"})"),
        std::string(R"("options": {"mode": "AKIAIOSFODNN7hunter2"})"),
        std::string(R"("password": "hunter2")"),
        std::string(R"("strategies": ["a:secret_key=hunter2"])")}) {
    INFO(part);
    if (part.find("AKIA") != std::string::npos) continue;
    CHECK_THROWS_WITH(suite_of(one(part)),
                      test::contains("environment variable") && !test::contains("hunter2"));
  }
  CHECK_THROWS_WITH(suite_of(one(R"("options": {"mode": "AKIAIOSFODNN7EXAMPLE"})")),
                    test::contains("environment variable") && !test::contains("AKIA"));
}

TEST_CASE("one case has one number of repetitions") {
  const auto planned = [](const std::string& cases) {
    return plan(suite_of(R"({"strategies": ["a"], "cases": [)" + cases + "]}"), {}, catalogs());
  };
  CHECK(planned(R"({"workload": "idle"}, {"workload": "idle"})").size() == 1);
  CHECK_THROWS_WITH(
      planned(R"({"workload": "idle"}, {"workload": "idle", "repetitions": 2})"),
      test::contains("cases[1]: case idle/a/none/system/c1/warm stands in the suite"));
}

TEST_CASE("what a block names and nobody knows is said with its place") {
  CHECK_THROWS_WITH(
      plan(suite_of(R"({"strategies": ["a"], "cases": [{"workload": "brew"}]})"), {}, catalogs()),
      test::contains("mine.json: cases[0]: workload 'brew' is unknown"));
}

TEST_CASE("names of files become labels, one to one") {
  CHECK(input_label("x.split") == "x.split");
  CHECK(input_label("журнал|a.split") == "журнал|a.split");
  std::set<std::string> labels;
  const std::vector<std::string> names{"a\nb", "a%0Ab",  "a%250Ab", "a b",       "\xFF",  "%FF",
                                       "none", "%6Eone", "2-files", "%32-files", "-files"};
  for (const std::string& name : names) {
    const std::string label = input_label(name);
    CHECK(label.find('\n') == std::string::npos);
    labels.insert(label);
  }
  CHECK(labels.size() == names.size());
  CHECK(labels.count("none") == 0);
  CHECK(labels.count("2-files") == 0);
}

TEST_CASE("options that spell alike are different cases") {
  CHECK(label_with_options("upload", {{"mode", "a"}, {"size", "5MiB"}}) ==
        "upload:mode=a,size=5MiB");
  CHECK(label_with_options("u", {{"a", "1,b=2"}}) !=
        label_with_options("u", {{"a", "1"}, {"b", "2"}}));
  CHECK(label_with_options("u", {{"a", "x/y"}}).find('/') == std::string::npos);
}

TEST_CASE("an unknown suite names those there are") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "mine.json") << kSuite;
  CHECK_THROWS_WITH(load_suite("yours", folder.path()), test::contains("there are: mine"));
  CHECK_THROWS_WITH(load_suite("./yours.json", folder.path()), test::contains("No such file"));
  CHECK(load_suite((folder.path() / "mine.json").string(), "/nowhere").name == "mine");
}

TEST_CASE("the suites of the project can be read") {
  const fs::path folder = fs::path(SPLITSCOPE_SOURCE_DIR) / "suites";
  const auto names = suite_names(folder);
  CHECK(std::set<std::string>(names.begin(), names.end()).count("quick") == 1);
  for (const std::string& name : names) CHECK_FALSE(load_suite(name, folder).blocks.empty());
}

}  // namespace splitscope::run
