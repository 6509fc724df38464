// The program as a user meets it: one line and the right exit code for whatever goes wrong.
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/testing/sanitizer.h"
#include "base/testing/temporary_folder.h"
#include "harness/run/process.h"
#include "tests/catch.h"

namespace splitscope::run {
namespace {

namespace fs = std::filesystem;

Exit splitscope(std::vector<std::string> arguments, const fs::path& folder = {}) {
  Command command;
  command.executable = SPLITSCOPE_BINARY;
  command.arguments = std::move(arguments);
  command.arguments.insert(command.arguments.begin(), "splitscope");
  command.environment = {"PATH=/usr/bin:/bin"};
  command.folder = folder;
  Process process(command);
  return process.wait(std::chrono::steady_clock::now() + std::chrono::minutes(4));
}

}  // namespace

TEST_CASE("what the user gets wrong is one line and exit code 1") {
  const test::TemporaryFolder folder;
  struct Wrong {
    std::vector<std::string> arguments;
    const char* message;
  };
  for (const Wrong& wrong : {
           Wrong{{}, "subcommand"},
           Wrong{{"brew"}, "there is no command 'brew'; see"},
           Wrong{{"mrege"}, "there is no command 'mrege' (did you mean 'merge'?)"},
           Wrong{{"--verson"}, "there is no option '--verson' (did you mean '--version'?)"},
           Wrong{{"merge", "a", "b", "--verfy"}, "'--verfy' (did you mean '--verify'?)"},
           Wrong{{"merge", "a", "--ouput=c"}, "'--ouput=c' (did you mean '--output'?)"},
           Wrong{{"merge", "a"}, "see splitscope merge --help"},
           Wrong{{"inspect", "a", "b"}, "unexpected argument 'b'; see splitscope inspect --help"},
           Wrong{{"s3-server", "--prot", "1"}, "'--prot' (did you mean '--port'?)"},
           Wrong{{"exec", "--repetitons", "3", "--", "true"}, "(did you mean '--repetitions'?)"},
           Wrong{{"run", "--suite", "nonsense"}, "suite 'nonsense' is unknown"},
           Wrong{{"run", "--strategy", "streamin"},
                 "splitscope: --strategy: strategy 'streamin' is unknown (did you mean"},
           Wrong{{"run", "--workload", "mrege"},
                 "splitscope: --workload: workload 'mrege' is unknown (did you mean 'merge'?)"},
           Wrong{{"run", "--allocator", "jemaloc"},
                 "splitscope: --allocator: allocator 'jemaloc' is unknown (did you mean"},
           Wrong{{"run", "--repetitons", "3"},
                 "unknown argument '--repetitons' (did you mean '--repetitions'?)"},
           Wrong{{"run", "--strategy", "lazy-mmap:window=big"}, "big"},
           Wrong{{"run", "--workload", "brew"}, "workload 'brew' is unknown"},
           Wrong{{"run", "--allocator", "hoard"}, "allocator 'hoard' is unknown"},
           Wrong{{"run", "--cache", "hot"}, "'hot'"},
           Wrong{{"run", "--colour"}, "unknown argument '--colour'"},
           Wrong{{"run", "--benchmark_colour=1"}, "--benchmark_colour"},
           Wrong{{"run", "--benchmark_format=xml"}, "'xml'"},
           Wrong{{"run", "--benchmark_repetitions=many"}, "many"},
           Wrong{{"run", "--benchmark_filter=("}, "no regular expression"},
           Wrong{{"run", "--benchmark_filter=nothing-like-it"}, "leaves no case"},
           Wrong{{"run", "--repetitions", "0"}, "--repetitions"},
           Wrong{{"run", "--input", "/nowhere"}, "/nowhere"},
           Wrong{{"run", "--plugin", "/nowhere.so"}, "/nowhere.so"},
           Wrong{{"generate", "--size", "4 parsecs", "-o", "new"}, "4 parsecs"},
           Wrong{{"generate", "--profile", "lgos", "-o", "new"},
                 "profile 'lgos' is unknown (did you mean 'logs'?); there are "},
           Wrong{{"list", "nonsense"}, "nonsense"},
           Wrong{{"inspect", "/nowhere.split"}, "/nowhere.split"},
           Wrong{{"merge", "/nowhere.split", "-o", "out.split"}, "/nowhere.split"},
           Wrong{{"extract", "/nowhere.split", "-o", "out"}, "/nowhere.split"},
           Wrong{{"search", "/nowhere.split", "--query", R"({"or":[]})"}, "at least two"},
           Wrong{{"search", "/nowhere.split"}, "no query was given"},
           Wrong{{"search", "/nowhere.split", "--queries", "/nowhere.jsonl"}, "/nowhere.jsonl"},
           Wrong{{"s3-server"}, "--digest-only"},
           Wrong{{"exec", "--", "/nowhere/program"}, "/nowhere/program"},
       }) {
    const Exit exit = splitscope(wrong.arguments, folder.path());
    INFO(exit.output_tail);
    CHECK(exit.status == 1);
    CHECK_THAT(exit.output_tail, test::contains(wrong.message));
    CHECK(std::count(exit.output_tail.begin(), exit.output_tail.end(), '\n') == 1);
  }
}

TEST_CASE("help and version are no errors") {
  CHECK(splitscope({"--help"}).status == 0);
  CHECK(splitscope({"run", "--help"}).status == 0);
  CHECK(splitscope({"--version"}).status == 0);
}

TEST_CASE("the list names what there is") {
  const Exit exit = splitscope({"list", "strategies"});
  CHECK(exit.status == 0);
  for (const char* name : {"full-copy", "lazy-mmap", "mmap-view", "streaming"}) {
    CHECK_THAT(exit.output_tail, test::contains(name));
  }
  CHECK_THAT(splitscope({"list", "suites"}).output_tail, test::contains("quick"));
}

TEST_CASE("a run leaves results") {
  const test::TemporaryFolder folder;
  const Exit exit = splitscope({"run", "--workload", "idle", "--repetitions", "2", "--out", "here"},
                               folder.path());
  INFO(exit.output_tail);
  REQUIRE(exit.status == 0);
  std::ifstream in(folder.path() / "here" / "results.json");
  const auto document = nlohmann::json::parse(in);
  CHECK(document.at("context").at("suite") == "quick");
  CHECK(document.at("benchmarks").size() == 5);
  if (!test::heap_is_counted()) return;
  CHECK(document.at("benchmarks").at(0).at("peak_heap_bytes") == 0);
}

TEST_CASE("a failed case is exit code 2, after the results were written") {
  const test::TemporaryFolder folder;
  REQUIRE(splitscope({"generate", "--size", "60KB", "-o", "data"}, folder.path()).status == 0);
  // No process is through in a millisecond.
  const Exit exit =
      splitscope({"run", "--workload", "extract", "--strategy", "streaming", "--repetitions", "1",
                  "--timeout", "0.001", "--input", "data/split-0.split", "--out", "out"},
                 folder.path());
  INFO(exit.output_tail);
  CHECK(exit.status == 2);
  CHECK_THAT(exit.output_tail, test::contains("timed_out"));
  std::ifstream in(folder.path() / "out" / "results.json");
  const auto row = nlohmann::json::parse(in).at("benchmarks").at(0);
  CHECK(row.at("status") == "timed_out");
  CHECK_THAT(row.at("message").get<std::string>(), test::contains("0.001 s"));
}

TEST_CASE("an input that is broken is told before anything is measured") {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "bad.split") << "this is no split, only a few words of text";
  const Exit exit = splitscope({"run", "--workload", "extract", "--strategy", "streaming",
                                "--repetitions", "1", "--input", "bad.split", "--out", "out"},
                               folder.path());
  INFO(exit.output_tail);
  CHECK(exit.status == 1);
  CHECK_THAT(exit.output_tail, test::contains("bad.split"));
  CHECK_FALSE(fs::exists(folder.path() / "out"));
}

TEST_CASE("Google Benchmark's options list and filter case ids") {
  const Exit exit = splitscope({"run", "--benchmark_list_tests",
                                "--benchmark_filter=^(convert|extract)/streaming/.*/warm$"});
  CHECK(exit.output_tail ==
        "convert/streaming/logs-20MB/system/c1/warm\nextract/streaming/logs-20MB/system/c1/warm\n");
  const Exit others = splitscope({"run", "--benchmark_list_tests",
                                  "--benchmark_filter=-convert|merge|search|upload|idle",
                                  "--strategy", "streaming"});
  CHECK(others.output_tail == "extract/streaming/logs-20MB/system/c1/warm\n");
}

TEST_CASE("Google Benchmark's JSON has case ids and our measures") {
  const test::TemporaryFolder folder;
  const Exit exit = splitscope({"run", "--workload", "idle", "--benchmark_repetitions=1",
                                "--benchmark_out=gb.json", "--out", "out"},
                               folder.path());
  INFO(exit.output_tail);
  REQUIRE(exit.status == 0);
  std::ifstream in(folder.path() / "gb.json");
  const auto row = nlohmann::json::parse(in).at("benchmarks").at(0);
  CHECK(row.at("name") == "idle/streaming/none/system/c1/warm");
  CHECK(row.at("peak_rss_bytes").get<double>() > 0);
}

TEST_CASE("any command is measured from outside") {
  const test::TemporaryFolder folder;
  // dd holds its one block of 64 MiB.
  const Exit exit = splitscope({"exec", "--out", "out", "--", "dd", "if=/dev/zero", "of=/dev/null",
                                "bs=64M", "count=2", "status=none"},
                               folder.path());
  INFO(exit.output_tail);
  REQUIRE(exit.status == 0);
  std::ifstream in(folder.path() / "out" / "results.json");
  const auto row = nlohmann::json::parse(in).at("benchmarks").at(0);
  const auto peak = row.at("peak_rss_bytes").get<std::uint64_t>();
  CHECK(peak >= 64U << 20);
  CHECK(peak < 80U << 20);
  // dd has its block on the heap, and little else.
  const auto heap = row.at("peak_heap_bytes").get<std::uint64_t>();
  CHECK(heap >= 64 << 20);
  CHECK(heap < 65 << 20);
  CHECK(splitscope({"exec", "--", "false"}, folder.path()).status == 2);
}

}  // namespace splitscope::run
