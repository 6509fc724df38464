#include "strategies/plugins/plugin.h"

#include "base/errors.h"
#include "strategies/contract/contract_subjects.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

TEST_CASE("a plugin's strategy is found by its name") {
  AccessCounters counters;
  const Plugin& plugin = test::test_plugins().front();
  CHECK(plugin.name() == "extra-copy");
  CHECK(make_strategy("extra-copy", counters, {&plugin, 1})->name() == "extra-copy");
  CHECK_THROWS_AS(make_strategy("extra-copy", counters), UsageError);
  CHECK_THROWS_WITH(make_strategy("extra-copi", counters, {&plugin, 1}),
                    test::contains("did you mean 'extra-copy'?"));
  CHECK_THROWS_WITH(make_strategy("extra-copy:a=b", counters, {&plugin, 1}),
                    test::contains("extra-copy has no option 'a'; its options: none"));
}

TEST_CASE("the extra copy is a copy, and in its place there is nothing wrong with the bytes") {
  const test::TemporaryFolder dir;
  const auto content = test::random_bytes(5000, 1);
  AccessCounters counters;
  const auto strategy = test::make_subject("extra-copy", counters);
  const auto source = strategy->open(dir.file("in", content));
  const Bytes first = source->read(0, 5000);
  const Bytes second = source->read(0, 5000);
  CHECK(first.data() != second.data());
  CHECK(test::same(first.span(), content));
  CHECK(counters.bytes_copied == 10'000);
}

TEST_CASE("a library that is no plugin is refused with the reason") {
  const test::TemporaryFolder dir;
  struct Wrong {
    const char* library;
    const char* part;
  };
  const auto wrong = GENERATE(
      Wrong{SPLITSCOPE_PLUGIN_WITHOUT_FUNCTIONS, "has no function splitscope_plugin_abi_version"},
      Wrong{SPLITSCOPE_PLUGIN_OTHER_VERSION,
            "was built for plugin interface 999, this splitscope "
            "has 2; rebuild it"},
      Wrong{SPLITSCOPE_PLUGIN_WITHOUT_STRATEGY, "brings no strategy"},
      Wrong{SPLITSCOPE_PLUGIN_BAD_NAME, "names its strategy 'No Name'"},
      Wrong{SPLITSCOPE_PLUGIN_NAME_OF_ALL, "names its strategy 'all', which stands for every"},
      Wrong{SPLITSCOPE_PLUGIN_TAKEN_NAME, "there is already a strategy named mmap-view"});
  INFO(wrong.library);
  CHECK_THROWS_AS(load_plugin(wrong.library), UsageError);
  CHECK_THROWS_WITH(load_plugin(wrong.library), test::contains(wrong.part));
}

TEST_CASE("a file that is no library, a missing one and a second of the same name are refused") {
  const test::TemporaryFolder dir;
  CHECK_THROWS_WITH(load_plugin(dir.path() / "missing.so"), test::contains("no such file"));
  CHECK_THROWS_WITH(load_plugin(dir.file("text.so", test::random_bytes(100, 1))),
                    test::contains("cannot be loaded: "));
  CHECK_THROWS_WITH(load_plugin(SPLITSCOPE_TEST_PLUGIN, test::test_plugins()),
                    test::contains("already a strategy named extra-copy"));
}

TEST_CASE("a plugin that makes nothing is an error") {
  AccessCounters counters;
  const Plugin plugin = Plugin::load(SPLITSCOPE_PLUGIN_MAKES_NOTHING);
  CHECK_THROWS_WITH(make_strategy("nothing", counters, {&plugin, 1}),
                    test::contains("strategy nothing: its plugin made nothing"));
}

}  // namespace
}  // namespace splitscope::strategies
