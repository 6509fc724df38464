#include "base/strict_json.h"

#include "base/errors.h"
#include "tests/catch.h"

namespace splitscope {
namespace {

nlohmann::json parsed(const std::string& text) { return parse_strict_json(text, "a.json"); }

}  // namespace

TEST_CASE("what the parser takes without a word is refused with its place") {
  CHECK_THROWS_WITH(parsed("{\"a\": 1, \"a\": 2}"), test::contains("key 'a' stands twice"));
  CHECK_THROWS_WITH(parsed("[" + std::string(5000, '9') + "]"), test::contains("5000 characters"));
  CHECK_THROWS_WITH(parsed("[18446744073709551616]"), test::contains("64 bits cannot hold it"));
  CHECK_THROWS_WITH(parsed("[1e999]"), test::contains("64 bits cannot hold it"));
  CHECK_THROWS_WITH(parsed(std::string(100'000, '[')), test::contains("64 levels"));
  CHECK_THROWS_WITH(parsed("{\n \"a\": \"\\ud800\"}"), test::contains("a.json: line 2, column"));
  CHECK_THROWS_WITH(parsed("[NaN]"), test::contains("not JSON"));
  CHECK_THROWS_WITH(parsed("[\"\xFF\"]"), test::contains("not JSON"));
  CHECK_THROWS_WITH(parsed(""), test::contains("not JSON"));
  CHECK_THROWS_AS(parsed("{"), UsageError);
  CHECK(parsed("[{\"a\": 1}, {\"a\": 2}]").size() == 2);
}

TEST_CASE("values are what was expected, or the message has place and value") {
  const auto value = parsed(R"({"n": 1.9, "big": 4294967297, "minus": -1, "t": "x", "empty": "",
      "list": [], "key": "AKIAIOSFODNN7EXAMPLE", "o": {"p": [true]}})");
  const StrictJson top(value, "a.json");
  CHECK_THROWS_WITH(top.at("n").whole(1, 9),
                    test::contains("a.json: n: expected a whole number from 1 to 9, found 1.9"));
  CHECK_THROWS_WITH(top.at("big").whole(1, 9), test::contains("found 4294967297"));
  CHECK_THROWS_WITH(top.at("minus").whole(0, 9), test::contains("found -1"));
  CHECK_THROWS_WITH(top.at("empty").text(), test::contains("expected a text"));
  CHECK_THROWS_WITH(top.at("list").items(), test::contains("at least one item, found an empty"));
  CHECK_THROWS_WITH(top.at("o").at("p").items()[0].text(), test::contains("o.p[0]: expected"));
  CHECK_THROWS_WITH(top.at("none"), test::contains("key 'none' is missing"));
  CHECK_THROWS_WITH(top.at("o").allow_only({"q"}), test::contains("o: key 'p' is unknown"));
  CHECK_THROWS_WITH(top.at("key").boolean(), !test::contains("AKIA"));
  CHECK(top.at("o").at("p").items()[0].boolean());
  CHECK(top.at("t").name() == "x");
}

TEST_CASE("a key that names a secret is called one") {
  const auto value = parsed(R"({"secret_key": "hunter2"})");
  CHECK_THROWS_WITH(StrictJson(value, "a").allow_only({"b"}),
                    test::contains("environment variable") && !test::contains("hunter2"));
}

}  // namespace splitscope
