#include "strategies/interface/options.h"

#include "base/errors.h"
#include "base/size_text.h"
#include "strategies/catalog.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

std::string name_of(std::string_view spec) {
  AccessCounters counters;
  return make_strategy(spec, counters)->name();
}

std::uint64_t claim(std::string_view spec, std::vector<std::uint64_t> sizes) {
  AccessCounters counters;
  return make_strategy(spec, counters)->expected_peak(sizes);
}

TEST_CASE("a canonical name has the options that differ from their defaults") {
  CHECK(name_of("lazy-mmap") == "lazy-mmap");
  CHECK(name_of("lazy-mmap:window=1024KiB") == "lazy-mmap:window=1MiB");
  CHECK(name_of("lazy-mmap:window=whole") == "lazy-mmap");
  CHECK(name_of("pooled-buffer:size=1MiB,buffers=8") == "pooled-buffer:buffers=8,size=1MiB");
  CHECK(name_of("pooled-buffer:size=262144,buffers=32") == "pooled-buffer");
  CHECK(name_of("mmap-view:advice=sequential") == "mmap-view:advice=sequential");
  CHECK(name_of("streaming:readahead=off,drop-behind=on") ==
        "streaming:readahead=off,drop-behind=on");
  CHECK(name_of("streaming:drop-behind=off") == "streaming");
}

TEST_CASE("every strategy is made by its name, and its listed defaults are its defaults") {
  const auto strategies = all_strategies();
  CHECK(strategies.size() == 6);
  for (const StrategyInfo& info : strategies) {
    INFO(info.name);
    CHECK(name_of(info.name) == info.name);
    CHECK_FALSE(info.summary.empty());
    std::string spec = info.name;
    for (const OptionInfo& option : info.options) {
      CHECK_FALSE(option.help.empty());
      spec += (spec == info.name ? ":" : ",") + option.name + "=" + option.default_value;
    }
    CHECK(name_of(spec) == info.name);
  }
}

TEST_CASE("what is unknown or malformed is a UsageError that says what there is") {
  struct Wrong {
    const char* spec;
    const char* part;
  };
  const auto wrong =
      GENERATE(Wrong{"lazy-map",
                     "strategy 'lazy-map' is unknown (did you mean 'lazy-mmap'?); there are "
                     "full-copy, lazy-mmap, mmap-view, range-read, pooled-buffer, streaming"},
               Wrong{"", "strategy '' is unknown; there are"},
               Wrong{"zzz", "strategy 'zzz' is unknown; there are"},
               Wrong{"lazy-mmap:", "the colon must be followed"},
               Wrong{"lazy-mmap:windw=1MiB",
                     "has no option 'windw' (did you mean 'window'?); its options: "
                     "window"},
               Wrong{"full-copy:window=1MiB", "has no option 'window'; its options: none"},
               Wrong{"lazy-mmap:window", "'window' is no option"},
               Wrong{"lazy-mmap:window=", "'window=' is no option"},
               Wrong{"lazy-mmap:=1", "'=1' is no option"},
               Wrong{"lazy-mmap:window=1MiB,", "comma must be followed"},
               Wrong{"lazy-mmap:,window=1MiB", "'' is no option"},
               Wrong{"lazy-mmap:window=1MiB,window=2MiB", "window is given twice"},
               Wrong{"lazy-mmap:window=big", "option window: size 'big' is not a number"},
               Wrong{"lazy-mmap:window=1", "it takes 64 to 1GiB"},
               Wrong{"lazy-mmap:window=2GiB", "it takes 64 to 1GiB"},
               Wrong{"lazy-mmap:window=0", "it takes 64 to 1GiB"},
               Wrong{"pooled-buffer:buffers=0", "cannot be '0'; it takes a number from 1 to 65536"},
               Wrong{"pooled-buffer:buffers=-1", "cannot be '-1'"},
               Wrong{"pooled-buffer:buffers=8x", "cannot be '8x'"},
               Wrong{"pooled-buffer:buffers=99999999999999999999", "it takes a number"},
               Wrong{"mmap-view:advice=squential",
                     "cannot be 'squential' (did you mean 'sequential'?); it "
                     "takes normal, sequential, random, willneed"},
               Wrong{"streaming:drop-behind=yes", "it takes off, on"});
  INFO(wrong.spec);
  AccessCounters counters;
  CHECK_THROWS_AS(make_strategy(wrong.spec, counters), UsageError);
  CHECK_THROWS_WITH(make_strategy(wrong.spec, counters), test::contains(wrong.part));
}

TEST_CASE("an option that is given but that nobody asks for is found") {
  const std::vector<OptionInfo> known{{"depth", "1", "help"}, {"width", "1", "help"}};
  Options options("mine", "depth=2,width=3", known);
  CHECK(options.count("depth", {1, 9}) == 2);
  CHECK_THROWS_WITH(options.check_all_consumed(), test::contains("width"));
  CHECK(options.count("width", {1, 9}) == 3);
  CHECK_NOTHROW(options.check_all_consumed());
  CHECK_THROWS_AS(options.count("height", {1, 9}), std::logic_error);
}

TEST_CASE("claims follow their formulas and do not wrap") {
  constexpr std::uint64_t kMiB = 1 << 20;
  const std::vector<std::uint64_t> sizes{3 * kMiB, 50 * kMiB};
  CHECK(claim("full-copy", sizes) == 106 * kMiB);
  CHECK(claim("lazy-mmap", sizes) == 103 * kMiB);
  CHECK(claim("lazy-mmap:window=4MiB", sizes) == (53 + 3 + 4) * kMiB);
  CHECK(claim("mmap-view", sizes) == 53 * kMiB);
  CHECK(claim("range-read", sizes) == 50 * kMiB);
  CHECK(claim("pooled-buffer", sizes) == 8 * kMiB);
  CHECK(claim("streaming", sizes) == 2 * (128 + 4 * 64) * 1024);
  for (const StrategyInfo& info : all_strategies()) {
    INFO(info.name);
    CHECK(claim(info.name, {}) <= 8 * kMiB);
    CHECK(claim(info.name, {~0ULL, ~0ULL}) >= claim(info.name, sizes));
  }
}

}  // namespace
}  // namespace splitscope::strategies
