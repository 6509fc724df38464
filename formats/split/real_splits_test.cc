// Splits of others, golden ones and the 18 real ones (tantivy4java's): parsed, compared with their
// own hotcaches, rebuilt.
#include "formats/segment/testing/test_files.h"
#include "formats/split/bundle.h"
#include "formats/split/check_split.h"
#include "formats/split/compare_ranges.h"
#include "formats/split/hotcache.h"
#include "formats/split/hotcache_builder.h"
#include "formats/split/open_index.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

TEST_CASE("golden splits are sound") {
  for (const auto& path : test::golden_splits()) {
    INFO(path);
    const MemorySource source(test::read_file(path), 61);
    const SourceRange split(source, "a.split");
    const auto bundle = read_bundle(split);
    CHECK(bundle.footer().end == source.size());
    CHECK(bundle.files.back().range.end == bundle.footer().start);
    CHECK_NOTHROW(check_split(split, bundle));
  }
}

TEST_CASE("there are 18 real splits and all are sound") {
  const auto splits = test::real_splits();
  if (splits.empty()) return;
  REQUIRE(splits.size() == 18);
  for (const auto& path : splits) {
    INFO(path);
    const MemorySource source(test::read_file(path), 61);
    const SourceRange split(source, "a.split");
    const auto bundle = read_bundle(split);
    CHECK(bundle.files.size() == 9);
    CHECK_FALSE(bundle.has_trailer);
    CHECK(bundle.footer().end == source.size());
    CHECK(bundle.files.back().name == "split_fields");
    CHECK(bundle.files.back().range.end == bundle.footer().start);
    CHECK_NOTHROW(check_split(split, bundle));
  }
}

TEST_CASE("the built hotcache holds what that of others holds") {
  for (const auto& path : test::foreign_splits()) {
    INFO(path);
    test::PlainStrategy strategy;
    auto files = open_index(strategy, path);
    const auto plan = plan_hotcache(files);

    const auto source = strategy.open(path);
    const SourceRange split(*source, "a.split");
    const auto bundle = read_bundle(split);
    const Hotcache real(split.slice(bundle.hotcache.start, bundle.hotcache.size()));
    REQUIRE(plan.files.size() == real.files().size());
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
      const auto& ours = plan.files[i];
      const auto& theirs = real.files()[i];
      INFO(ours.name);
      REQUIRE(ours.name == theirs.name);
      CHECK(ours.content.size() == theirs.total_length);
      // Theirs joins neighbours only where they happen to be neighbours in the body too.
      HotcachePlan joined;
      joined.files.push_back({theirs.name, ours.content, {}});
      for (const auto& slice : theirs.slices) joined.files[0].ranges.push_back(slice.range);
      joined.seal();
      CHECK(ours.ranges == joined.files[0].ranges);
    }
  }
}

}  // namespace
}  // namespace splitscope::formats
