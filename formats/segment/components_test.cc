// File footers, composite files and whole segments.
#include "formats/codec/byte_buffer.h"
#include "formats/segment/composite_file.h"
#include "formats/segment/file_footer.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/testing/test_files.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::contains;
using test::to_bytes;

std::vector<std::byte> component(std::string_view body) {
  std::vector<std::byte> bytes;
  ComponentWriter writer(std::make_unique<MemorySink>(bytes));
  writer.write(std::as_bytes(std::span(body)));
  writer.finish();
  return bytes;
}

TEST_CASE("a footer gives the body and its checksum") {
  for (const std::size_t window : {0U, 1U, 3U}) {
    const MemorySource source(component("123456789"), window);
    const auto footer = read_file_footer(SourceRange(source, "a.term"));
    CHECK(footer.body.size() == 9);
    CHECK(footer.index_format_version == 7);
    // The check value of CRC-32/ISO-HDLC.
    CHECK(footer.crc == 0xCBF43926);
    CHECK(crc32_of(footer.body) == footer.crc);
    CHECK_NOTHROW(check_crc(footer));
  }
  auto bad = component("123456789");
  bad[4] ^= std::byte{1};
  const MemorySource source(bad);
  CHECK_THROWS_AS(check_crc(read_file_footer(SourceRange(source, "a.term"))), FormatError);
}

TEST_CASE("an empty body has a footer") {
  const MemorySource source(component(""));
  const auto footer = read_file_footer(SourceRange(source, "a.term"));
  CHECK(footer.body.size() == 0);
  CHECK_NOTHROW(check_crc(footer));
}

TEST_CASE("malformed footers are refused with the reason") {
  const auto with_json = [](std::string_view json, std::uint32_t length, std::uint32_t magic) {
    ByteBuffer file;
    file.text("body");
    file.text(json);
    file.fixed(length);
    file.fixed(magic);
    const MemorySource source(file.take());
    try {
      static_cast<void>(read_file_footer(SourceRange(source, "a.term")));
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  constexpr std::string_view kGood =
      R"({"version":{"major":0,"minor":26,"patch":0,"index_format_version":7},"crc":1})";
  const auto length = static_cast<std::uint32_t>(kGood.size());
  CHECK(with_json(kGood, length, 1337) == "accepted");
  CHECK_THAT(with_json(kGood, length, 1338), contains("1337"));
  CHECK_THAT(with_json(kGood, length - 1, 1337), contains("JSON"));
  CHECK_THAT(with_json(kGood, 1'000, 1337), contains("1000 bytes of JSON"));
  CHECK_THAT(with_json(kGood, 0xFFFFFFFF, 1337), contains("4294967295"));
  CHECK_THAT(with_json("{}", 2, 1337), contains("version"));
  auto other = std::string(kGood);
  other.replace(other.find("\":7"), 3, "\":8");
  CHECK_THAT(with_json(other, length, 1337), contains("index format version 8"));
  for (std::size_t size = 0; size < 8; ++size) {
    const MemorySource source(std::vector<std::byte>(size, std::byte{0}));
    CHECK_THROWS_AS(read_file_footer(SourceRange(source, "a.term")), FormatError);
  }
}

std::vector<std::byte> composite() {
  std::vector<std::byte> bytes;
  CompositeWriter writer(std::make_unique<MemorySink>(bytes));
  writer.begin_field(0);
  writer.out().write(to_bytes("aaa"));
  CHECK(writer.field_offset() == 3);
  writer.begin_field(3);
  CHECK(writer.field_offset() == 0);
  writer.begin_field(300);
  writer.out().write(std::vector<std::byte>(200, std::byte{'c'}));
  CHECK_THROWS_AS(writer.begin_field(3), std::logic_error);
  writer.begin_field(4);
  writer.out().write(to_bytes("dd"));
  writer.finish();
  return bytes;
}

TEST_CASE("a composite file gives each field its bytes") {
  const MemorySource source(composite(), 5);
  const CompositeFile file(read_file_footer(SourceRange(source, "a.idx")).body);
  REQUIRE(file.entries().size() == 4);
  CHECK(file.find(0)->size() == 3);
  CHECK(file.find(3)->size() == 0);
  CHECK(file.find(300)->size() == 200);
  REQUIRE(file.find(4).has_value());
  CHECK(file.find(4)->offset() == 203);
  CHECK(file.find(4)->size() == 2);
  CHECK(file.find(4)->read(0, 1).data()[0] == std::byte{'d'});
  CHECK_FALSE(file.find(1).has_value());
  CHECK_FALSE(file.find(0, 1).has_value());
  CHECK(file.footer().start == 205);
}

TEST_CASE("a composite file without fields is one count byte and its length") {
  std::vector<std::byte> bytes;
  CompositeWriter writer(std::make_unique<MemorySink>(bytes));
  writer.finish();
  const MemorySource source(bytes);
  const auto body = read_file_footer(SourceRange(source, "a.fieldnorm")).body;
  CHECK(body.size() == 5);
  CHECK(bytes[0] == std::byte{0x80});
  CHECK(CompositeFile(body).entries().empty());
}

TEST_CASE("damaged composite footers never go further than an error") {
  const auto whole = composite();
  const MemorySource source(whole);
  const auto body_bytes =
      static_cast<std::size_t>(read_file_footer(SourceRange(source, "a")).body.size());
  const std::vector<std::byte> body(whole.begin(),
                                    whole.begin() + static_cast<std::ptrdiff_t>(body_bytes));
  const auto parse = [](const std::vector<std::byte>& bytes) {
    const MemorySource damaged(bytes);
    return CompositeFile(SourceRange(damaged, "a")).entries().size();
  };
  CHECK(parse(body) == 4);
  for (std::size_t i = 200; i < body.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto flipped = body;
      flipped[i] ^= static_cast<std::byte>(1u << bit);
      std::size_t entries = 0;
      try {
        entries = parse(flipped);
      } catch (const FormatError&) {
      }
      CHECK(entries <= 4);
    }
  }
  for (std::size_t size = 0; size < 4; ++size) {
    CHECK_THROWS_AS(parse(std::vector<std::byte>(size)), FormatError);
  }
}

TEST_CASE("a field that is listed twice is refused") {
  ByteBuffer body;
  body.vint(2);
  for (int i = 0; i < 2; ++i) {
    body.vint(0);
    body.fixed<std::uint32_t>(1);
    body.vint(0);
  }
  body.fixed(static_cast<std::uint32_t>(body.size()));
  const MemorySource source(body.take());
  CHECK_THROWS_AS(CompositeFile(SourceRange(source, "a")), FormatError);
}

/// Index folders of one document and two fields, and their format versions.
void check_segments(const std::vector<std::pair<std::filesystem::path, std::uint32_t>>& folders) {
  for (const auto& [folder, version] : folders) {
    INFO(folder);
    test::PlainStrategy strategy;
    auto files = IndexFiles::open_directory(strategy, folder);
    CHECK(files.kind() == IndexKind::kDirectory);
    const SegmentFiles segment(files);
    CHECK(segment.index_format_version() == version);
    for (const auto part :
         {SegmentComponent::kTerm, SegmentComponent::kPostings, SegmentComponent::kPositions,
          SegmentComponent::kFieldnorm, SegmentComponent::kStore, SegmentComponent::kFast}) {
      REQUIRE(segment.footer(part) != nullptr);
      CHECK_NOTHROW(check_crc(*segment.footer(part)));
    }
    CHECK(segment.term(0).size() > 4);
    CHECK(segment.postings(1).size() >= 8);
    CHECK(segment.positions(0)->size() > 0);
    REQUIRE(segment.fieldnorm(0).has_value());
    CHECK(segment.fieldnorm(0)->size() == 1);
    CHECK_THAT(segment.term(0).name(), contains("field label"));
    CHECK_THROWS_AS(segment.term(7), FormatError);
  }
}

TEST_CASE("tantivy's own segments open") {
  check_segments({{test::golden("one"), 7}, {test::golden("fst"), 7}});
}

TEST_CASE("segments of formats 6 and 7 open") {
  if (const auto real = test::fixture("tantivy_index")) {
    check_segments({{*real / "index_v6", 6}, {*real / "index_v7", 7}});
  }
}

}  // namespace
}  // namespace splitscope::formats
