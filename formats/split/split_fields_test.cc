#include "formats/split/split_fields.h"

#include "formats/codec/byte_buffer.h"
#include "formats/segment/testing/test_files.h"
#include "formats/split/output_digest.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

std::vector<SplitField> decode(std::vector<std::byte> bytes) {
  const MemorySource source(std::move(bytes), 3);
  return decode_split_fields(SourceRange(source, "split_fields"));
}

TEST_CASE("fields are sorted and come back as they went in") {
  Schema schema;
  const auto add = [&](const char* name, FieldType type, bool indexed, bool fast) {
    FieldEntry field;
    field.name = name;
    field.type = type;
    field.indexed = indexed;
    field.fast = fast;
    schema.fields.push_back(field);
  };
  add("ts", FieldType::kDate, true, true);
  add("body", FieldType::kText, true, false);
  add("tenant", FieldType::kU64, false, true);
  add("raw_only", FieldType::kText, false, false);
  add("attributes", FieldType::kJson, true, true);
  const auto fields = split_fields_of(schema);
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].name == "body");
  CHECK(fields[1].name == "tenant");
  CHECK(fields[2].name == "ts");

  const auto decoded = decode(encode_split_fields(fields));
  REQUIRE(decoded.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(decoded[i].name == fields[i].name);
    CHECK(decoded[i].type == fields[i].type);
    CHECK(decoded[i].searchable == fields[i].searchable);
    CHECK(decoded[i].aggregatable == fields[i].aggregatable);
  }
  CHECK(decoded[0].type == 0);
  CHECK(decoded[1].type == 1);
  CHECK(decoded[2].type == 5);
}

TEST_CASE("no fields and an empty entry are read") {
  const auto none = encode_split_fields({});
  CHECK(none[0] == std::byte{2});
  CHECK(decode(none).empty());
  CHECK(decode({}).empty());
}

TEST_CASE("damaged entries are refused") {
  const auto whole = encode_split_fields({{"a_long_enough_name", 2, true, true}});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    INFO(size);
    CHECK_THROWS_AS(decode({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}),
                    FormatError);
  }
  auto other_version = whole;
  other_version[0] = std::byte{1};
  CHECK_THROWS_AS(decode(other_version), UnsupportedFeature);
  for (std::size_t i = 1; i < whole.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      auto flipped = whole;
      flipped[i] ^= static_cast<std::byte>(1u << bit);
      try {
        static_cast<void>(decode(flipped));
      } catch (const FormatError&) {
      }
    }
  }
}

// A frame of 128 KiB blocks, each of one repeated byte: 4 bytes of file for 128 KiB of memory.
std::vector<std::byte> bomb(std::size_t blocks, std::uint8_t window) {
  ByteBuffer entry;
  entry.fixed(std::uint8_t{2});
  entry.fixed(std::uint32_t{0xFD2FB528});
  entry.fixed(std::uint8_t{0});
  entry.fixed(window);
  for (std::size_t i = 0; i < blocks; ++i) {
    constexpr std::uint32_t kBlockBytes = 128 * 1024;
    constexpr std::uint32_t kRepeated = 1;
    // The repeated byte is the upper one of the four.
    entry.fixed(kBlockBytes << 3 | kRepeated << 1 | (i + 1 == blocks ? 1U : 0U));
  }
  return entry.take();
}

TEST_CASE("small entries that ask for much memory are refused") {
  constexpr std::uint8_t kWindow128Kib = 7 << 3;
  constexpr std::uint8_t kWindow128Mib = 17 << 3;
  CHECK_THROWS_WITH(decode(bomb(1, kWindow128Mib)), test::contains("too much memory"));
  CHECK_THROWS_WITH(decode(bomb(200, kWindow128Kib)), test::contains("unpacks to more than"));
  constexpr std::size_t kMostFields = std::size_t{1} << 18;
  CHECK(decode(encode_split_fields(std::vector<SplitField>(kMostFields))).size() == kMostFields);
  CHECK_THROWS_WITH(decode(encode_split_fields(std::vector<SplitField>(kMostFields + 1))),
                    test::contains("lists more than 262144 fields"));
}

TEST_CASE("SHA-256 is that of the standard") {
  const auto of = [](std::string_view text, std::size_t window) {
    const MemorySource source(test::to_bytes(text), window);
    return sha256_of(SourceRange(source, "x"));
  };
  CHECK(of("", 1) == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(of("abc", 0) == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(of("abc", 1) == of("abc", 0));
  CHECK(sha256_of_files({{"a", "1"}, {"b", "2"}}) == sha256_of_files({{"b", "2"}, {"a", "1"}}));
  CHECK(sha256_of_files({{"a", "1"}, {"b", "2"}}) != sha256_of_files({{"a", "2"}, {"b", "1"}}));
}

}  // namespace
}  // namespace splitscope::formats
