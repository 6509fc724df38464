#include "harness/run/benchmark_flags.h"

#include <cstdlib>

#include "base/errors.h"
#include "tests/catch.h"

namespace splitscope::run {
namespace {

using Flags = std::vector<std::string>;

CaseId merge() { return {"merge", "streaming", "none", "system", 1, CacheState::kWarm}; }

// One variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("booleans are read as Google Benchmark reads them") {
  CHECK(BenchmarkFlags({"--benchmark_list_tests"}).list_only());
  for (const char* yes : {"true", "1", "yes", "on", "T", "Y"}) {
    CHECK(BenchmarkFlags({std::string("--benchmark_list_tests=") + yes}).list_only());
  }
  for (const char* no : {"false", "0", "no", "off", "F", "N"}) {
    CHECK_FALSE(BenchmarkFlags({std::string("--benchmark_list_tests=") + no}).list_only());
  }
  CHECK_THROWS_WITH(BenchmarkFlags({"--benchmark_list_tests=maybe"}), test::contains("maybe"));
}

TEST_CASE("a number of repetitions is a whole one") {
  CHECK(BenchmarkFlags({"--benchmark_repetitions=3"}).repetitions() == 3);
  CHECK(BenchmarkFlags({"--benchmark_repetitions=3", "--benchmark_dry_run"}).repetitions() == 1);
  CHECK_FALSE(BenchmarkFlags(Flags{}).repetitions());
  for (const char* bad : {"0", "-1", "1.9", "999999999999", "", "3x", "0x3", " 3", "4294967297"}) {
    INFO(bad);
    CHECK_THROWS_WITH(BenchmarkFlags({std::string("--benchmark_repetitions=") + bad}),
                      test::contains("is not a number of at least 1"));
  }
}

TEST_CASE("filters are regular expressions, a leading minus negates") {
  CHECK(BenchmarkFlags({"--benchmark_filter=merge/"}).selects(merge()));
  CHECK_FALSE(BenchmarkFlags({"--benchmark_filter=-merge/"}).selects(merge()));
  CHECK(BenchmarkFlags({"--benchmark_filter=-convert"}).selects(merge()));
  CHECK(BenchmarkFlags({"--benchmark_filter=all"}).selects(merge()));
  CHECK(BenchmarkFlags({"--benchmark_filter="}).selects(merge()));
  CHECK_FALSE(BenchmarkFlags({"--benchmark_filter=-all"}).selects(merge()));
  for (const std::string& bad : {std::string("("), std::string("["), std::string("a{99999}"),
                                 std::string("*"), std::string(5000, '(')}) {
    CHECK_THROWS_AS(BenchmarkFlags({"--benchmark_filter=" + bad}), UsageError);
  }
}

TEST_CASE("what cannot be done for processes is refused with the reason") {
  for (const char* flag :
       {"--benchmark_min_time=2", "--benchmark_min_time=0.5s", "--benchmark_min_warmup_time=1",
        "--benchmark_perf_counters=CYCLES", "--benchmark_time_unit=us"}) {
    INFO(flag);
    CHECK_THROWS_WITH(BenchmarkFlags({flag}), test::contains("is not taken: "));
  }
  CHECK_NOTHROW(BenchmarkFlags({"--benchmark_min_warmup_time=0", "--benchmark_time_unit=ms",
                                "--benchmark_perf_counters=", "--v=0"}));
}

TEST_CASE("unknown flags, formats and missing values are named") {
  CHECK_THROWS_WITH(BenchmarkFlags({"--benchmark_filtre=x"}),
                    test::contains("did you mean '--benchmark_filter'"));
  CHECK_THROWS_WITH(BenchmarkFlags({"stray"}), test::contains("unknown argument 'stray'"));
  CHECK_THROWS_WITH(BenchmarkFlags({"--benchmark_filter"}), test::contains("needs a value"));
  CHECK_THROWS_WITH(BenchmarkFlags({"--benchmark_format=xml"}), test::contains("'xml' is unknown"));
  CHECK_THROWS_WITH(BenchmarkFlags({"--benchmark_context=a"}), test::contains("key=value"));
  CHECK_THROWS_WITH(BenchmarkFlags({"--benchmark_context=password=b"}),
                    test::contains("looks like a secret"));
}

TEST_CASE("variables count as options that come first") {
  const Variable list("BENCHMARK_LIST_TESTS", "true");
  const Variable repetitions("BENCHMARK_REPETITIONS", "4");
  CHECK(BenchmarkFlags(Flags{}).list_only());
  CHECK(BenchmarkFlags(Flags{}).repetitions() == 4);
  CHECK_FALSE(BenchmarkFlags({"--benchmark_list_tests=false"}).list_only());
  CHECK(BenchmarkFlags({"--benchmark_repetitions=2"}).repetitions() == 2);
  {
    const Variable warmup("BENCHMARK_MIN_WARMUP_TIME", "1");
    CHECK_THROWS_WITH(BenchmarkFlags(Flags{}), test::contains("is not taken"));
  }
  const Variable bad("BENCHMARK_FORMAT", "xml");
  CHECK_THROWS_WITH(BenchmarkFlags(Flags{}), test::contains("$BENCHMARK_FORMAT=xml"));
}

TEST_CASE("context of the user's own") {
  const BenchmarkFlags flags({"--benchmark_context=a=b,c=d=e", "--benchmark_context=a=f"});
  CHECK(flags.context ==
        std::vector<std::pair<std::string, std::string>>{{"c", "d=e"}, {"a", "f"}});
}

}  // namespace splitscope::run
