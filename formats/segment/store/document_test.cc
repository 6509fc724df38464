#include "formats/segment/store/document.h"

#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace splitscope::formats {
namespace {

TEST_CASE("all kinds of values come back from a document", "[document]") {
  DocumentBuffer document;
  const std::vector<std::byte> raw = {std::byte{0}, std::byte{255}};
  document.add_text(0, "hello");
  document.add_u64(1, 7);
  document.add_i64(2, -7);
  document.add_f64(3, 1.5);
  document.add_date(4, 1'700'000'000'123'456'789);
  document.add_bytes(5, raw);
  document.add_bool(6, true);
  document.add_text(7, "");
  DocumentCursor cursor(document.bytes());
  CHECK(cursor.size() == 8);
  REQUIRE(cursor.next());
  CHECK(cursor.value().field == 0);
  CHECK(cursor.value().type == StoredType::kText);
  CHECK(cursor.value().text() == "hello");
  REQUIRE(cursor.next());
  CHECK(cursor.value().number() == 7);
  REQUIRE(cursor.next());
  CHECK(static_cast<std::int64_t>(cursor.value().number()) == -7);
  REQUIRE(cursor.next());
  CHECK(cursor.value().type == StoredType::kF64);
  CHECK(cursor.value().number() == 0xBFF8000000000000);
  REQUIRE(cursor.next());
  CHECK(cursor.value().type == StoredType::kDate);
  CHECK(cursor.value().number() == 1'700'000'000'123'456'789);
  REQUIRE(cursor.next());
  CHECK(std::vector(cursor.value().payload.begin(), cursor.value().payload.end()) == raw);
  REQUIRE(cursor.next());
  CHECK(cursor.value().payload.size() == 1);
  REQUIRE(cursor.next());
  CHECK(cursor.value().text().empty());
  CHECK(!cursor.next());
}

TEST_CASE("the count of values is a VInt of any length", "[document]") {
  for (const std::uint32_t count : {0U, 1U, 127U, 128U, 16383U, 16384U}) {
    DocumentBuffer document;
    for (std::uint32_t i = 0; i < count; ++i) document.add_u64(i, i);
    std::uint32_t seen = 0;
    decode_document(document.bytes(), [&](const StoredValue& value) {
      REQUIRE(value.field == seen);
      REQUIRE(value.number() == seen);
      ++seen;
    });
    CHECK(seen == count);
    document.clear();
    CHECK(document.bytes().size() == 1);
  }
}

TEST_CASE("nested values are skipped as a whole", "[document]") {
  ByteBuffer bytes;
  bytes.vint(2);
  bytes.fixed(std::uint32_t{9});
  bytes.fixed(StoredType::kObject);
  bytes.vint(2);
  bytes.fixed(StoredType::kText);
  bytes.vint(1);
  bytes.text("k");
  bytes.fixed(StoredType::kArray);
  bytes.vint(3);
  bytes.fixed(StoredType::kNull);
  bytes.fixed(StoredType::kBool);
  bytes.fixed(std::uint8_t{1});
  bytes.fixed(StoredType::kIp);
  bytes.fixed(std::uint64_t{1});
  bytes.fixed(std::uint64_t{2});
  bytes.fixed(std::uint32_t{10});
  bytes.fixed(StoredType::kU64);
  bytes.fixed(std::uint64_t{5});
  DocumentCursor cursor(bytes.span());
  REQUIRE(cursor.next());
  CHECK(cursor.value().type == StoredType::kObject);
  REQUIRE(cursor.next());
  CHECK(cursor.value().number() == 5);
  CHECK(!cursor.next());
}

// The date stands alone and nested, `number` before and behind it.
ByteBuffer dated_document(std::int64_t number, std::int64_t date) {
  ByteBuffer bytes;
  bytes.vint(3);
  bytes.fixed(std::uint32_t{1});
  bytes.fixed(StoredType::kI64);
  bytes.fixed(number);
  bytes.fixed(std::uint32_t{2});
  bytes.fixed(StoredType::kDate);
  bytes.fixed(date);
  bytes.fixed(std::uint32_t{3});
  bytes.fixed(StoredType::kObject);
  bytes.vint(2);
  bytes.fixed(StoredType::kText);
  bytes.vint(1);
  bytes.text("k");
  bytes.fixed(StoredType::kArray);
  bytes.vint(2);
  bytes.fixed(StoredType::kDate);
  bytes.fixed(date);
  bytes.fixed(StoredType::kU64);
  bytes.fixed(number);
  return bytes;
}

TEST_CASE("dates of version 1 become nanoseconds wherever they are, and nothing else does",
          "[document]") {
  constexpr std::int64_t kLimit = std::numeric_limits<std::int64_t>::max() / 1000;
  for (const std::int64_t date : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1},
                                  std::int64_t{1'700'000'000'123'456}, kLimit, -kLimit}) {
    auto document = dated_document(date, date).take();
    upgrade_dates(document);
    CHECK(document == dated_document(date, date * 1000).take());
  }
  for (const std::int64_t date : {kLimit + 1, -kLimit - 1}) {
    auto document = dated_document(date, date).take();
    CHECK_THROWS_WITH(upgrade_dates(document, {"x.store", 0}),
                      test::contains("x.store") && test::contains(std::to_string(date)));
  }
  const auto whole = dated_document(5, 5).take();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(upgrade_dates(part), FormatError);
  }
}

TEST_CASE("malformed documents are refused", "[document]") {
  const auto decode = [](std::span<const std::byte> bytes) {
    decode_document(bytes, [](const StoredValue&) {}, {"x.store", 0});
  };
  DocumentBuffer document;
  document.add_text(0, "hello");
  const auto whole = document.bytes();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK_THROWS_AS(decode(whole.first(length)), FormatError);
  }
  std::vector<std::byte> longer(whole.begin(), whole.end());
  longer.push_back(std::byte{0});
  CHECK_THROWS_WITH(decode(longer), test::contains("behind the last value"));
  longer.pop_back();
  longer[5] = std::byte{99};
  CHECK_THROWS_WITH(decode(longer), test::contains("type code 99"));
  ByteBuffer deep;
  deep.vint(1);
  deep.fixed(std::uint32_t{0});
  for (int i = 0; i < 1000; ++i) {
    deep.fixed(StoredType::kArray);
    deep.vint(1);
  }
  deep.fixed(StoredType::kNull);
  CHECK_THROWS_WITH(decode(deep.span()), test::contains("nested deeper"));
}

}  // namespace
}  // namespace splitscope::formats
