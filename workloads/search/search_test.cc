// The workload: the same answers under every strategy, proven; what it refuses.
#include "workloads/search/search.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "formats/segment/testing/plain_index.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/open_index.h"
#include "tests/catch.h"
#include "workloads/merge/testing/absent_field.h"
#include "workloads/search/hot_split.h"
#include "workloads/search/index_searcher.h"
#include "workloads/search/query_maker.h"
#include "workloads/search/testing/generated.h"
#include "workloads/search/testing/tiny_index.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;
using test::CountedStrategy;
using SearchOptions = std::map<std::string, std::string>;

Verification search(const std::string& strategy, const std::vector<fs::path>& inputs,
                    const SearchOptions& options = {}, test::NotingContext* noted = nullptr) {
  const CountedStrategy reference;
  const CountedStrategy measured(strategy);
  test::NotingContext own;
  const auto workload = make_search({inputs, {}, options, reference.strategy.get()});
  workload->prepare();
  workload->run(*measured, noted != nullptr ? *noted : own);
  return workload->verify();
}

}  // namespace

TEST_CASE("every strategy finds the same and all of it is proven") {
  for (const std::string profile : {"logs", "text", "skewed", "wide", "tiny-docs"}) {
    CAPTURE(profile);
    const test::TemporaryFolder folder;
    const auto splits = test::generate_splits(folder.path(), profile, 600'000, 2);
    std::set<std::string> digests;
    for (const StrategyInfo& info : strategies::all_strategies()) {
      CAPTURE(info.name);
      test::NotingContext noted;
      const auto found = search(info.name, splits, {{"queries", "60"}}, &noted);
      digests.insert(found.digest);
      CHECK(noted.phases == std::vector<std::string>{"open", "query", "fetch"});
      CHECK(found.input_bytes == fs::file_size(splits[0]) + fs::file_size(splits[1]));
      CHECK(found.output_bytes > 0);
    }
    CHECK(digests.size() == 1);
    // A folder that is not a split gives the same hits.
    CHECK(
        search("streaming", {folder / "index-0", folder / "index-1"}, {{"queries", "60"}}).digest ==
        *digests.begin());
    CHECK(search("mmap-view", splits, {{"queries", "60"}, {"seed", "7"}}).digest !=
          *digests.begin());
  }
}

TEST_CASE("splits of others are searched") {
  for (const auto& split : test::foreign_splits()) {
    CAPTURE(split.filename().string());
    if (split.filename() == "json-stored.split") {
      CHECK_THROWS_WITH(search("range-read", {split}, {}),
                        test::contains("no indexed text field has a term"));
      continue;
    }
    CHECK(search("range-read", {split}, {{"queries", "30"}, {"top", "3"}}).output_bytes > 0);
  }
}

TEST_CASE("many segments and long postings are searched and proven") {
  const test::TemporaryFolder folder;
  Random random(3);
  std::vector<test::TinyIndex::Segment> segments;
  for (const std::size_t docs : {127, 128, 129, 1, 256, 10000}) {
    auto& segment = segments.emplace_back();
    for (std::size_t doc = 0; doc < docs; ++doc) {
      std::string text = "every";
      for (std::uint64_t word = random.below(12); word > 0; --word) {
        text += " w" + std::to_string(random.below(random.below(60) + 1));
      }
      segment.push_back(text);
    }
  }
  const test::TinyIndex index(folder / "index", segments);
  for (const char* top : {"1", "10", "1000"}) {
    CHECK_NOTHROW(
        search("streaming:window=64", {index.folder()}, {{"queries", "200"}, {"top", top}}));
  }
}

TEST_CASE("queries are made of what the index has") {
  const test::TemporaryFolder folder;
  const auto splits = test::generate_splits(folder.path(), "logs", 600'000, 1);
  const CountedStrategy strategy;
  QueryMaker maker(*strategy, splits[0], 1);
  QueryMaker same(*strategy, splits[0], 1);
  IndexSearcher searcher(*strategy, splits[0], footer_of(*strategy, splits[0]));
  std::set<Query::Kind> kinds;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Query query = maker.make(i);
    CAPTURE(query_json(query));
    CHECK(query == same.make(i));
    kinds.insert(query.kind);
    TopHits hits(0);
    searcher.search(query, 0, hits);
    // An "and" of a phrase and any term may have none.
    if (i % QueryMaker::kKinds != 8) CHECK(hits.count() > 0);
    if (i % QueryMaker::kKinds == 4) CHECK(query.kind == Query::Kind::kPhrase);
    if (i % QueryMaker::kKinds == 5) CHECK(query.terms.size() == 3);
  }
  CHECK(kinds.size() == 4);
}

TEST_CASE("options and inputs that mean nothing are refused") {
  const test::TemporaryFolder folder;
  const test::TinyIndex index(folder / "index", {{"a b", "b c"}});
  const test::TinyIndex empty(folder / "empty", {{"", ""}, {}});
  const std::vector<fs::path> inputs = {index.folder()};
  const auto refused = [&](const SearchOptions& options, const char* message) {
    CHECK_THROWS_WITH(search("mmap-view", inputs, options), test::contains(message));
  };
  refused({{"queries", "0"}}, "queries is \"0\"; give a number from 1 to");
  refused({{"queries", "many"}}, "\"many\"");
  refused({{"top", "1001"}}, "from 1 to 1000");
  refused({{"seed", "-1"}}, "\"-1\"");
  refused({{"quereis", "1"}}, "no option \"quereis\"");
  CHECK_THROWS_AS(search("mmap-view", {}), UsageError);
  CHECK_THROWS_WITH(search("mmap-view", {folder / "none.split"}), test::contains("no such file"));
  CHECK_NOTHROW(search("mmap-view", {empty.folder()}, {{"queries", "10"}}));
}

TEST_CASE("a field that a segment's writer left out has no terms there") {
  const test::TemporaryFolder folder;
  const test::TinyIndex index(folder / "index", {{"a b", "b c"}, {"a a", "c"}});
  const CountedStrategy strategy;
  const auto count = [&](const Query& query) {
    TopHits hits(10);
    IndexSearcher(*strategy, index.folder(), {}).search(query, 0, hits);
    return hits.count();
  };
  const auto tag = term_query("tag", "0");
  REQUIRE(count(tag) == 2);
  const formats::IndexMeta meta = formats::open_index(*strategy, index.folder()).meta();
  test::leave_field_out(index.folder(), meta.segments[0], meta.schema.find("tag").value());
  CHECK(count(tag) == 1);
  CHECK(count(term_query("body", "a")) == 2);
  CHECK_NOTHROW(search("mmap-view", {index.folder()}));
}

TEST_CASE("an index with deleted documents is refused by name") {
  test::PlainIndex index;
  index.documents = 2;
  index.fields.push_back(
      {test::plain_entry("text", formats::FieldType::kText), test::PlainColumn{{"a"}, {"b"}}});
  index.deletes = {1, 7};
  const test::TemporaryFolder folder;
  test::write_plain_index(index, folder / "index");
  CHECK_THROWS_WITH(search("mmap-view", {folder / "index"}),
                    test::contains("deleted documents (1 here) cannot be searched"));
}

}  // namespace splitscope::workloads
