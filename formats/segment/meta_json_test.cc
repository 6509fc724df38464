#include "formats/segment/meta_json.h"

#include "formats/errors.h"
#include "formats/segment/testing/test_files.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::contains;

std::string file_text(const std::filesystem::path& path) {
  const auto bytes = test::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Of indexes with one document and two fields.
void check_written_back(const std::vector<std::filesystem::path>& folders) {
  for (const auto& folder : folders) {
    INFO(folder);
    const auto text = file_text(folder / "meta.json");
    const auto meta = parse_meta(text, "meta.json");
    REQUIRE(meta.segments.size() == 1);
    CHECK(meta.segments[0].max_doc == 1);
    CHECK(meta.schema.size() == 2);
    CHECK(write_meta(meta) + (text.ends_with('\n') ? "\n" : "") == text);
  }
}

TEST_CASE("tantivy's meta.json is written back byte for byte") {
  check_written_back({test::golden("one"), test::golden("fst")});
}

TEST_CASE("so is that of formats 6 and 7") {
  if (const auto real = test::fixture("tantivy_index")) {
    check_written_back({*real / "index_v6", *real / "index_v7"});
  }
}

TEST_CASE("so is that of several segments, and of none") {
  for (const auto& [name, segments] : {std::pair("segments", 3U), std::pair("empty", 0U)}) {
    const auto text = file_text(test::golden(name) / "meta.json");
    const auto meta = parse_meta(text, "meta.json");
    CHECK(meta.segments.size() == segments);
    CHECK(write_meta(meta) + "\n" == text);
  }
}

constexpr const char* kFull = R"json({
  "index_settings": {
    "sort_by_field": {
      "field": "ts",
      "order": "Desc"
    },
    "docstore_compression": "zstd(compression_level=8)",
    "docstore_compress_dedicated_thread": false,
    "docstore_blocksize": 1000000,
    "later_setting": {
      "a": 1
    }
  },
  "segments": [
    {
      "segment_id": "0123abcd-4567-89ab-cdef-0123456789ab",
      "max_doc": 10,
      "deletes": {
        "num_deleted_docs": 3,
        "opstamp": 18446744073709551615
      }
    }
  ],
  "schema": [],
  "opstamp": 7,
  "payload": "checkpoint"
})json";

TEST_CASE("everything that meta.json may say is kept") {
  const auto meta = parse_meta(kFull, "meta.json");
  REQUIRE(meta.settings.sort_by_field.has_value());
  CHECK(meta.settings.sort_by_field->field == "ts");
  CHECK(meta.settings.docstore_blocksize == 1'000'000);
  REQUIRE(meta.segments[0].deletes.has_value());
  CHECK(meta.segments[0].deletes->num_deleted_docs == 3);
  CHECK(meta.payload == "checkpoint");
  CHECK(write_meta(meta) == kFull);
}

TEST_CASE("file names come from the segment id") {
  const auto meta = parse_meta(kFull, "meta.json");
  const auto& segment = meta.segments[0];
  CHECK(segment.file_stem() == "0123abcd456789abcdef0123456789ab");
  CHECK(segment.file_name(SegmentComponent::kTerm) == "0123abcd456789abcdef0123456789ab.term");
  CHECK(segment.file_name(SegmentComponent::kFieldnorm) ==
        "0123abcd456789abcdef0123456789ab.fieldnorm");
  CHECK(segment.delete_file_name() == "0123abcd456789abcdef0123456789ab.18446744073709551615.del");
  CHECK(dashed_segment_id(segment.file_stem()) == segment.segment_id);
  CHECK_THROWS_AS(dashed_segment_id("0123"), std::invalid_argument);
  CHECK_THROWS_AS(dashed_segment_id("0123ABCD456789abcdef0123456789ab"), std::invalid_argument);
  CHECK(write_managed({"a", "meta.json"}) == "[\"a\",\"meta.json\"]\n");
}

TEST_CASE("a malformed meta.json is refused with the key") {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = kFull;
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    text.replace(at, from.size(), to);
    try {
      static_cast<void>(parse_meta(text, "meta.json"));
    } catch (const FormatError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK_THAT(with("0123abcd-4567", "0123ABCD-4567"), contains("UUID"));
  CHECK_THAT(with("0123abcd-4567", "../../../etc/"), contains("UUID"));
  CHECK_THAT(with("\"max_doc\": 10", "\"max_doc\": -1"), contains("segments[0].max_doc"));
  CHECK_THAT(with("\"max_doc\": 10", "\"max_doc\": 4294967296"), contains("segments[0].max_doc"));
  CHECK_THAT(with("\"max_doc\"", "\"max_docs\""), contains("no \"max_doc\""));
  CHECK_THAT(with("\"segments\"", "\"segment\""), contains("no \"segments\""));
  CHECK_THAT(with("\"opstamp\": 7", "\"opstamp\": \"7\""), contains("opstamp"));
  CHECK_THAT(with("\"payload\"", "\"opstamp\""), contains("twice"));
  CHECK_THAT(with("}", ""), contains("JSON"));
  CHECK_THAT(with("\"schema\": []", "\"schema\": {}"), contains("array"));
}

TEST_CASE("a very deep or very wide meta.json is refused, not followed") {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  CHECK_THROWS_AS(parse_meta(deep, "meta.json"), FormatError);
  std::string wide = "{";
  for (int i = 0; i < 100'000; ++i) wide += "\"k" + std::to_string(i) + "\":0,";
  wide += "\"end\":0}";
  CHECK_THROWS_AS(parse_meta(wide, "meta.json"), FormatError);
}

}  // namespace
}  // namespace splitscope::formats
