// Scores that were computed by hand, from the formula and not from the code.
#include <cmath>

#include "tests/catch.h"
#include "workloads/search/hot_split.h"
#include "workloads/search/index_searcher.h"
#include "workloads/search/testing/tiny_index.h"

namespace splitscope::workloads {
namespace {

struct Expected {
  std::uint32_t segment;
  std::uint32_t doc;
  float score;
};

class Searching {
 public:
  explicit Searching(const std::vector<test::TinyIndex::Segment>& segments)
      : index_(folder_ / "index", segments), searcher_(strategy_, index_.folder(), {}) {}

  std::vector<Hit> hits(const Query& query, std::size_t top = 100) {
    TopHits hits(top);
    searcher_.search(query, 0, hits);
    count = hits.count();
    const auto sorted = hits.sorted();
    return {sorted.begin(), sorted.end()};
  }

  void expect(const Query& query, const std::vector<Expected>& expected) {
    CAPTURE(query_json(query));
    const auto found = hits(query);
    REQUIRE(found.size() == expected.size());
    CHECK(count == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      CHECK(found[i].segment == expected[i].segment);
      CHECK(found[i].doc == expected[i].doc);
      CHECK(std::abs(found[i].score - expected[i].score) < 1e-6F);
    }
  }

  std::uint64_t count = 0;

 private:
  test::TemporaryFolder folder_;
  test::PlainStrategy strategy_;
  test::TinyIndex index_;
  IndexSearcher searcher_;
};

// Five documents of 15 words, 3 on average, in two segments.
const std::vector<test::TinyIndex::Segment> kAnimals = {
    {"the cat sat", "the the dog", "a cat and a cat"}, {"dog cat", "the end"}};

Query body(const char* term) { return term_query("body", term); }

}  // namespace

TEST_CASE("scores of terms are those of the formula, over both segments") {
  Searching animals(kAnimals);
  // In 3 of 5 documents: ln(1 + 2.5 / 3.5) = 0.5389965. Twice in 5 words: 2 / (2 + 1.2 * 1.5), once
  // in 2: 1 / (1 + 1.2 * 0.75), which is the same; once in 3: 1 / 2.2.
  animals.expect(body("cat"), {{0, 2, 0.6241012F}, {1, 0, 0.6241012F}, {0, 0, 0.5389965F}});
  // ln(1 + 3.5 / 2.5) = 0.8754687.
  animals.expect(body("dog"), {{1, 0, 1.0137006F}, {0, 1, 0.8754687F}});
  animals.expect(body("end"), {{1, 1, std::log(4.0F) * 2.2F / 1.9F}});
  animals.expect(body("cow"), {});
  // Neither frequencies nor norms: one token in a document of one. ln(1 + 3.5 / 2.5) again.
  animals.expect(term_query("tag", "0"), {{0, 0, 0.8754687F}, {1, 0, 0.8754687F}});
}

TEST_CASE("scores of a phrase are those of a term with the sum of the idf") {
  Searching animals(kAnimals);
  animals.expect(phrase_query("body", {"the", "cat"}), {{0, 0, 1.0779930F}});
  animals.expect(phrase_query("body", {"cat", "the"}), {});
  // "cat" twice, but only once behind "a": each counts. 0.5389965 + ln(1 + 4.5 / 1.5) = 1.9252909.
  animals.expect(phrase_query("body", {"a", "cat"}), {{0, 2, 1.9252909F * 2.2F * 2 / 3.8F}});
  animals.expect(phrase_query("body", {"a", "cat", "and", "a", "cat"}),
                 {{0, 2, (2 * 0.5389965F + 3 * std::log(4.0F)) * 2.2F / 2.8F}});
  animals.expect(phrase_query("body", {"the", "the"}), {{0, 1, 1.0779930F}});
  animals.expect(phrase_query("body", {"cat", "unknown"}), {});
}

TEST_CASE("scores of and and or are sums") {
  Searching animals(kAnimals);
  animals.expect(and_query({body("cat"), body("the")}), {{0, 0, 1.0779930F}});
  animals.expect(and_query({body("cat"), body("cow")}), {});
  animals.expect(and_query({phrase_query("body", {"the", "cat"}), body("sat")}),
                 {{0, 0, 1.0779930F + std::log(4.0F)}});
  animals.expect(or_query({body("dog"), body("cat"), body("cow")}),
                 {{1, 0, 1.6378018F}, {0, 1, 0.8754687F}, {0, 2, 0.6241012F}, {0, 0, 0.5389965F}});
  animals.expect(or_query({body("cow"), body("ox")}), {});
}

TEST_CASE("the best are kept, of equal ones the first, and all are counted") {
  test::TinyIndex::Segment same(1000, "word");
  same[500] = "word word";
  Searching words({same, same});
  const auto best = words.hits(body("word"), 4);
  CHECK(words.count == 2000);
  REQUIRE(best.size() == 4);
  CHECK(best[0].address() == std::make_tuple(0U, 0U, 500U));
  CHECK(best[1].address() == std::make_tuple(0U, 1U, 500U));
  CHECK(best[2].address() == std::make_tuple(0U, 0U, 0U));
  CHECK(best[3].address() == std::make_tuple(0U, 0U, 1U));
  CHECK(words.hits(body("word"), 0).empty());
  CHECK(words.count == 2000);
}

TEST_CASE("a phrase is found wherever in a document its words repeat") {
  Searching words({{"a b a b a b", "b a", "a a b b", "x a b", "a x b"}});
  TopHits unused(0);
  CHECK(words.hits(phrase_query("body", {"a", "b"})).size() == 3);
  CHECK(words.hits(phrase_query("body", {"a", "b", "a", "b"})).size() == 1);
  CHECK(words.hits(phrase_query("body", {"a", "a", "b"})).size() == 1);
  CHECK(words.hits(and_query({phrase_query("body", {"a", "b"}), body("x")})).size() == 1);
}

}  // namespace splitscope::workloads
