// Files that a merge does not know go along, or it says which one does not.
#include "workloads/merge/carried_files.h"

#include <functional>
#include <string>

#include "base/errors.h"
#include "formats/errors.h"
#include "tests/catch.h"
#include "workloads/merge/testing/merged.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

struct Two {
  Two() {
    test::PlainIndex index;
    index.documents = 1;
    index.fields.push_back(
        {test::plain_entry("text", formats::FieldType::kText), test::PlainColumn{{"a"}}});
    inputs = test::write_plain_indexes({index, index}, scratch.path());
    out = scratch / "out.split";
  }
  void put(std::size_t input, const std::string& name, const std::string& text) const {
    test::write_file(inputs[input] / name, test::to_bytes(text));
  }
  std::string merge(const std::string& drop = "false") {
    const auto workload = make_merge({inputs, out, {{"drop_unknown", drop}}, &strategy});
    const bool old = fs::exists(out);
    try {
      workload->prepare();
      workload->run(strategy, context);
      (void)workload->verify();
    } catch (const UsageError& error) {
      CHECK(fs::exists(out) == old);
      return error.what();
    }
    return "merged";
  }
  [[nodiscard]] std::string content(const std::string& name) {
    formats::IndexFiles files = formats::open_index(strategy, out);
    if (!files.contains(name)) return "absent";
    const formats::SourceRange file = files.file(name);
    const Bytes bytes = file.read(0, file.size());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  test::TemporaryFolder scratch;
  test::PlainStrategy strategy;
  test::NotingContext context;
  std::vector<fs::path> inputs;
  fs::path out;
};

TEST_CASE("a file on which all inputs agree is carried") {
  Two two;
  for (const std::size_t i : {0, 1}) {
    two.put(i, "_doc_mapping.json", "{}");
    two.put(i, "split_recovery_metadata", "r");
    two.put(i, "zz", "");
  }
  CHECK(two.merge() == "merged");
  CHECK(two.content("_doc_mapping.json") == "{}");
  CHECK(two.content("split_recovery_metadata") == "r");
  CHECK(two.content("zz").empty());
  CHECK(two.merge("true") == "merged");
  CHECK(two.content("_doc_mapping.json") == "absent");
}

TEST_CASE("a file on which they do not agree is named, with the way out") {
  Two two;
  two.put(0, "notes", "same");
  two.put(1, "notes", "some");
  CHECK_THAT(two.merge(), test::contains("\"notes\" differs between " + two.inputs[0].string() +
                                         " and " + two.inputs[1].string() + ", at byte 1") &&
                              test::contains("--drop-unknown"));
  two.put(1, "notes", "same, and more");
  CHECK_THAT(two.merge(), test::contains("\"notes\" differs between") && test::contains("byte 4"));
  CHECK(two.merge("true") == "merged");
  fs::remove(two.out);
  fs::remove(two.inputs[1] / "notes");
  CHECK_THAT(two.merge(), test::contains("\"notes\" is in " + two.inputs[0].string() +
                                         ", but not in " + two.inputs[1].string()));
  fs::remove(two.inputs[0] / "notes");
  two.put(1, "notes", "same");
  CHECK_THAT(two.merge(), test::contains("\"notes\" is in " + two.inputs[1].string() +
                                         ", but not in " + two.inputs[0].string()));
}

TEST_CASE("files of segments that meta.json does not list are tantivy's remains") {
  Two two;
  two.put(0, "00000000000000000000000000000009.store", "x");
  two.put(0, "00000000000000000000000000000009.7.del", "x");
  CHECK(two.merge() == "merged");
  CHECK(two.content("00000000000000000000000000000009.store") == "absent");
  two.put(0, "00000000000000000000000000000009.other", "x");
  CHECK_THAT(two.merge(), test::contains("00000000000000000000000000000009.other"));
}

TEST_CASE("a name that no split can have is named") {
  Two two;
  two.put(0, "a\xff", "x");
  CHECK_THAT(two.merge(), test::contains("is not UTF-8"));
  CHECK(two.merge("true") == "merged");
}

TEST_CASE("verify misses a file that was to be carried, and one that came from nowhere") {
  Two two;
  for (const std::size_t i : {0, 1}) two.put(i, "notes", "same");
  CHECK(two.merge() == "merged");
  const auto verify = [&](const std::string& drop) {
    const auto workload =
        make_merge({two.inputs, two.out, {{"drop_unknown", drop}}, &two.strategy});
    // prepare() may remove the output that is verified here.
    const auto bytes = test::read_file(two.out);
    workload->prepare();
    test::write_file(two.out, bytes);
    try {
      (void)workload->verify();
    } catch (const formats::WrongOutput& error) {
      return std::string(error.what());
    }
    return std::string("verified");
  };
  CHECK(verify("false") == "verified");
  CHECK_THAT(verify("true"), test::contains("\"notes\" is in no input"));
  for (const std::size_t i : {0, 1}) two.put(i, "notes", "sane");
  CHECK_THAT(verify("false"),
             test::contains("\"notes\" differs from that of the inputs at byte 2"));
  for (const std::size_t i : {0, 1}) two.put(i, "more", "x");
  CHECK_THAT(verify("false"), test::contains("\"more\" of the inputs is missing"));
}

}  // namespace
}  // namespace splitscope::workloads
