#include "workloads/search/query.h"

#include <sstream>

#include "base/errors.h"
#include "tests/catch.h"

namespace splitscope::workloads {
namespace {

formats::Schema some_schema() {
  formats::Schema schema;
  schema.fields.resize(4);
  const char* const names[] = {"body", "level", "note", "size"};
  for (std::size_t i = 0; i < 4; ++i) {
    schema.fields[i].name = names[i];
    schema.fields[i].indexed = i != 2;
  }
  schema.fields[0].record = formats::IndexRecordOption::kPosition;
  schema.fields[3].type = formats::FieldType::kU64;
  return schema;
}

}  // namespace

TEST_CASE("queries are read and written") {
  for (const char* text :
       {R"({"term":{"field":"body","text":"error"}})",
        R"({"phrase":{"field":"body","terms":["a","b","ü"]}})",
        R"({"and":[{"term":{"field":"a","text":""}},)"
        R"({"phrase":{"field":"b","terms":["x","y"]}}]})",
        R"({"or":[{"term":{"field":"a","text":"b"}},{"term":{"field":"a","text":"c"}}]})"}) {
    CHECK(query_json(parse_query(text, "test")) == text);
  }
  std::istringstream lines("\n{\"term\": {\"text\": \"x\", \"field\": \"f\"}}\r\n  \n");
  const auto queries = read_queries(lines, "q.jsonl");
  REQUIRE(queries.size() == 1);
  CHECK(queries[0] == term_query("f", "x"));
}

TEST_CASE("a bad query is told with its line") {
  for (const auto& [text, message] : std::vector<std::pair<const char*, const char*>>{
           {"{", "not JSON, at column 2"},
           {"[]", "an object with one key"},
           {"{}", "an object with one key"},
           {R"({"term":{},"and":[]})", "an object with one key"},
           {R"({"range":{}})", "not \"range\""},
           {R"({"term":"x"})", "\"field\" and \"text\""},
           {R"({"term":{"field":"f"}})", "\"field\" and \"text\""},
           {R"({"term":{"field":"f","text":"x","boost":2}})", "nothing else"},
           {R"({"term":{"field":"f","text":7}})", "must be a text: 7"},
           {R"({"phrase":{"field":"f","terms":["a"]}})", "at least two"},
           {R"({"phrase":{"field":"f","terms":"a b"}})", "at least two"},
           {R"({"phrase":{"field":"f","terms":["a",1]}})", "must be a text: 1"},
           {R"({"and":[{"term":{"field":"f","text":"x"}}]})", "at least two"},
           {R"({"or":[]})", "at least two"},
           {R"({"or":[{"and":[]},{}]})", "terms and phrases only"}}) {
    CAPTURE(text);
    std::istringstream lines(std::string("{\"term\":{\"field\":\"f\",\"text\":\"x\"}}\n\n") + text);
    CHECK_THROWS_WITH(read_queries(lines, "q.jsonl"),
                      test::contains("q.jsonl:3: ") && test::contains(message));
  }
}

TEST_CASE("a query that the index cannot answer is refused with what there is") {
  const formats::Schema schema = some_schema();
  const auto check = [&](const Query& query) { check_query(query, schema, "a.split"); };
  CHECK_NOTHROW(check(term_query("level", "x")));
  CHECK_NOTHROW(check(phrase_query("body", {"x", "y"})));
  CHECK_THROWS_WITH(check(term_query("bodi", "x")), test::contains("a.split: there is no field") &&
                                                        test::contains("did you mean 'body'?"));
  CHECK_THROWS_WITH(check(term_query("note", "x")),
                    test::contains("'note' is not indexed; these are: body, level"));
  CHECK_THROWS_WITH(check(term_query("size", "x")), test::contains("of type u64"));
  CHECK_THROWS_WITH(check(phrase_query("level", {"x", "y"})), test::contains("no positions"));
  CHECK_THROWS_AS(check(and_query({term_query("body", "x"), term_query("none", "x")})), UsageError);
}

}  // namespace splitscope::workloads
