#include "workloads/corpus/profile.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/testing/temporary_folder.h"
#include "tests/catch.h"

namespace splitscope::workloads {
namespace {

Profile read(const std::string& text) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "mine.json") << text;
  return read_profile(folder.path() / "mine.json");
}

// A profile of one field that has `part` besides name and values.
std::string one(const std::string& part, const std::string& values) {
  return R"({"name": "mine", "summary": "s", "docstore_compression": "lz4",
             "docstore_blocksize": 16384, "fields": [{"name": "a", )" +
         part + R"(, "values": {)" + values + "}}]}";
}

constexpr const char* kUniform = R"("kind": "uniform", "cardinality": 5)";

}  // namespace

TEST_CASE("a profile that is right is read") {
  CHECK(read(one(R"("type": "u64", "fast": true)", kUniform)).fields.at(0).cardinality == 5);
}

TEST_CASE("what is wrong with a profile is said in one line with its place") {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"{", "mine.json: line 1"},
           {"[]", "expected an object"},
           {"{}", "key 'name' is missing"},
           {std::string(100'000, '['), "64 levels"},
           {one(R"("type": "u64", "fsat": true)", kUniform),
            "fields[0]: key 'fsat' is unknown (did you mean 'fast'?)"},
           {one(R"("type": "u64", "fast": 1)", kUniform), "fields[0].fast: expected true or false"},
           {one(R"("type": "u128")", kUniform), "fields[0]: field 'a': type 'u128' is unknown"},
           {one(R"("type": "u64")", R"("kind": "uniform")"), "need 'cardinality'"},
           {one(R"("type": "u64")", R"("kind": "uniform", "cardinality": 1.9)"),
            "fields[0].values.cardinality: expected a whole number"},
           {one(R"("type": "u64")", R"("kind": "uniform", "cardinality": -1)"), "found -1"},
           {one(R"("type": "u64")", R"("kind": "uniform", "cardinality": 9999999999999999999)"),
            "expected a whole number"},
           {one(R"("type": "u64")",
                R"("kind": "uniform", "cardinality": )" + std::string(5000, '9')),
            "5000 characters"},
           {one(R"("type": "u64", "type": "i64")", kUniform), "key 'type' stands twice"},
           {one(R"("type": "text")", R"("kind": "choice", "choices": [])"), "at least one item"},
           {one(R"("type": "text")", R"("kind": "choice", "choices": ["\ud800"])"), "not JSON"},
       }) {
    INFO(text.substr(0, 300));
    std::string said;
    try {
      (void)read(text);
    } catch (const UsageError& error) {
      said = error.what();
    }
    CHECK_THAT(said, test::contains(message));
    CHECK_THAT(said, test::contains("mine.json"));
    CHECK(said.find('\n') == std::string::npos);
  }
}

}  // namespace splitscope::workloads
