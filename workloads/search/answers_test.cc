// The proof does not let anything pass.
#include "workloads/search/answers.h"

#include "formats/codec/content_hash.h"
#include "formats/errors.h"
#include "tests/catch.h"
#include "workloads/search/index_searcher.h"
#include "workloads/search/testing/tiny_index.h"

namespace splitscope::workloads {

TEST_CASE("a wrong answer is told with its query") {
  const test::TemporaryFolder folder;
  test::PlainStrategy strategy;
  test::TinyIndex::Segment segment;
  for (int i = 0; i < 300; ++i) {
    segment.push_back(i % 3 == 0 ? "one two three" : "one three " + std::to_string(i));
  }
  const test::TinyIndex index(folder / "index", {segment, {"two one", "three two one one two"}});
  const std::vector<Query> queries = {
      phrase_query("body", {"one", "two"}),
      and_query({term_query("body", "one"), term_query("body", "two")}),
      or_query({term_query("body", "three"), term_query("tag", "3")})};
  constexpr std::size_t kTop = 5;
  IndexSearcher searcher(strategy, index.folder(), {});
  Answers answers;
  TopHits hits(kTop);
  for (const Query& query : queries) {
    hits.clear();
    searcher.search(query, 0, hits);
    const auto best = hits.sorted();
    answers.answers.push_back({hits.count(), answers.hits.size(), best.size()});
    answers.hits.insert(answers.hits.end(), best.begin(), best.end());
  }
  for (const Hit& hit : answers.hits) {
    const auto document = searcher.segment(hit.segment).document(hit.doc);
    answers.documents.push_back({document.size(), formats::content_hash(document)});
  }
  std::vector<std::unique_ptr<NaiveIndex>> indexes;
  indexes.push_back(std::make_unique<NaiveIndex>(strategy, index.folder(), queries));
  const auto check = [&](const Answers& given) { check_answers(given, queries, kTop, indexes); };
  CHECK_NOTHROW(check(answers));

  const auto refused = [&](const char* message, auto change) {
    Answers changed = answers;
    change(changed);
    CHECK_THROWS_AS(check(changed), formats::WrongOutput);
    CHECK_THROWS_WITH(check(changed), test::contains(message));
    CHECK(digest_of(changed) != digest_of(answers));
  };
  refused("101 documents match, 102 were counted", [](Answers& a) { ++a.answers[0].count; });
  refused("4 hits where 5 are wanted", [](Answers& a) { --a.answers[1].hits; });
  refused("has score", [](Answers& a) { a.hits[0].score *= 1.0001F; });
  refused("does not match", [](Answers& a) { a.hits[0].doc = 1; });
  refused("does not match", [](Answers& a) { a.hits[4].index = 1; });
  refused("not in order", [](Answers& a) { std::swap(a.hits[1], a.hits[2]); });
  refused("not in order", [](Answers& a) { a.hits[2] = a.hits[1]; });
  refused("was fetched as other bytes", [](Answers& a) { ++a.documents[3].hash; });
  refused("2 of 3 queries", [](Answers& a) { a.answers.pop_back(); });
  // A worse document in place of the best one.
  const auto& last = answers.answers[2];
  refused("the best left has", [&](Answers& a) {
    a.hits.erase(a.hits.begin() + static_cast<std::ptrdiff_t>(last.first_hit));
    hits = TopHits(400);
    searcher.search(queries[2], 0, hits);
    a.hits.push_back(hits.sorted().back());
  });
}

}  // namespace splitscope::workloads
