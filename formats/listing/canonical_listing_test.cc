#include "formats/listing/canonical_listing.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "formats/listing/column_lines.h"
#include "formats/listing/fnv_hash.h"
#include "formats/listing/word.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/open_index.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

std::string listing_of(const std::filesystem::path& path) {
  test::PlainStrategy strategy;
  IndexFiles files = open_index(strategy, path);
  std::ostringstream out;
  write_listing(files, out);
  return out.str();
}

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = test::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("golden indexes are listed as tantivy lists them") {
  // Those whose recorded listings are whole; tests/interop/test_recorded.py compares the others.
  for (const std::string name : {"part-0", "part-1", "part-2", "json-stored", "one"}) {
    INFO(name);
    const auto index = test::golden(name == "one" ? name : name + ".split");
    const std::string recorded = text_of(test::golden("listings/" + name + ".txt"));
    REQUIRE(recorded.find("\n...") == recorded.npos);
    CHECK(listing_of(index) == recorded);
  }
}

TEST_CASE("a real split is listed as tantivy lists it") {
  const auto split =
      test::fixture("splits/merge_group/part-11e2f493-fda4-41c0-ad4a-5677afb8b03f.split");
  if (!split) return;
  // What the program on tantivy 0.26.1 printed.
  CHECK(listing_of(*split) ==
        "segment 5\n"
        "doc 0 51 fb40391328a5917b\n"
        "doc 1 51 bfde7c79f99cf838\n"
        "doc 2 51 1ab8c01e65accddd\n"
        "doc 3 51 87fecc75d3019902\n"
        "doc 4 52 a32e26541256422b\n"
        "tokens id 5\n"
        "term id 8000000000000196 1 0 692558b056101a44\n"
        "term id 8000000000000197 1 0 581cd0fa58d99645\n"
        "term id 8000000000000198 1 0 072184407c3a4ac6\n"
        "term id 8000000000000199 1 0 f618fc8a7f03c6c7\n"
        "term id 800000000000019a 1 0 2d2d019009bbb940\n"
        "tokens text 5\n"
        "term text 6d657267655f6261746368345f6974656d3130 1 1 9835851ff77f6140\n"
        "term text 6d657267655f6261746368345f6974656d36 1 1 32d42a0eed270ac4\n"
        "term text 6d657267655f6261746368345f6974656d37 1 1 aa28ac6355e750e5\n"
        "term text 6d657267655f6261746368345f6974656d38 1 1 80237c8667fadf86\n"
        "term text 6d657267655f6261746368345f6974656d39 1 1 f777fedad0bb25a7\n"
        "tokens score 5\n"
        "term score c03a000000000000 1 0 692558b056101a44\n"
        "term score c03b000000000000 1 0 581cd0fa58d99645\n"
        "term score c03c000000000000 1 0 072184407c3a4ac6\n"
        "term score c03d000000000000 1 0 f618fc8a7f03c6c7\n"
        "term score c03e000000000000 1 0 2d2d019009bbb940\n"
        "column id i64 full 5 055167f784b077e8\n"
        "column score f64 full 5 675ef80910af828f\n"
        "column text str full 5 db7d60ebe4a1d8c2\n");
}

TEST_CASE("a split with several blocks and zstd is listed as tantivy lists it") {
  const auto split = test::fixture("splits/single/part-f768505f-b6bc-472e-9d7d-a5cc667c950f.split");
  if (!split) return;
  FnvHash hash;
  const std::string listing = listing_of(*split);
  hash.add(std::as_bytes(std::span(listing)));
  CHECK(listing.size() == 44824);
  CHECK(hash.value() == 0xFACB744998C310BFU);
}

TEST_CASE("columns of both versions of the format list alike") {
  const auto folder = test::fixture("columnar");
  if (!folder) return;
  const auto lines_of = [](const std::filesystem::path& path) {
    const MemorySource source(test::read_file(path), 61);
    std::ostringstream out;
    list_columns(SourceRange(source, path.filename().string()), out);
    return out.str();
  };
  const std::string lines = lines_of(*folder / "v1.columnar");
  CHECK(lines == lines_of(*folder / "v2.columnar"));
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 4);
  CHECK_THAT(lines, test::contains(" i64 full ") && test::contains(" i64 opt ") &&
                        test::contains(" i64 mult "));
}

TEST_CASE("names become one word") {
  CHECK(word("plain_name-1.x") == "plain_name-1.x");
  CHECK(word("a b\\c\x01"
             "d\x7f") == "a\\x20b\\x5cc\\x01d\\x7f");
  CHECK(word("\xc3\xa9") == "\\xc3\\xa9");
}

TEST_CASE("FNV-1a gives the published values") {
  FnvHash hash;
  CHECK(hash.value() == 0xCBF29CE484222325U);
  hash.add(std::as_bytes(std::span("foobar", 6)));
  CHECK(hash.value() == 0x85944171F73967E8U);
  FnvHash number;
  number.add_number(0x6867666564636261U);
  FnvHash bytes;
  bytes.add(std::as_bytes(std::span("abcdefgh", 8)));
  CHECK(number.value() == bytes.value());
}

}  // namespace
}  // namespace splitscope::formats
