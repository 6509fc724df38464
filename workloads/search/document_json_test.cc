#include "workloads/search/document_json.h"

#include "formats/codec/byte_buffer.h"
#include "formats/errors.h"
#include "formats/segment/store/document.h"
#include "tests/catch.h"

namespace splitscope::workloads {
namespace {

formats::Schema fields(std::initializer_list<const char*> names) {
  formats::Schema schema;
  for (const char* name : names) schema.fields.emplace_back().name = name;
  return schema;
}

// One value of field 0, as encoded.
std::string show(formats::StoredType type, const formats::ByteBuffer& payload) {
  formats::ByteBuffer document;
  document.vint(1);
  document.fixed(std::uint32_t{0});
  document.fixed(static_cast<std::uint8_t>(type));
  document.bytes(payload.span());
  return document_json(document.span(), fields({"f"}));
}

formats::ByteBuffer text(std::string_view content) {
  formats::ByteBuffer bytes;
  bytes.vint(content.size());
  bytes.text(content);
  return bytes;
}

}  // namespace

TEST_CASE("documents are shown with the names of their fields") {
  formats::DocumentBuffer document;
  document.add_u64(2, 18446744073709551615U);
  document.add_text(0, "a \"b\" \xC3\xBC");
  document.add_i64(1, -5);
  document.add_text(0, "second");
  document.add_f64(3, 1.5);
  document.add_bool(4, true);
  document.add_bytes(7, std::as_bytes(std::span("Ma", 2)));
  CHECK(document_json(document.bytes(), fields({"t", "i", "u", "f", "b"})) ==
        R"({"t":["a \"b\" ü","second"],"i":[-5],"u":[18446744073709551615],"f":[1.5],)"
        R"("b":[true],"field 7":["TWE="]})");
}

TEST_CASE("dates are shown to their fraction") {
  const auto date = [](std::int64_t nanoseconds) {
    formats::ByteBuffer bytes;
    bytes.fixed(nanoseconds);
    return show(formats::StoredType::kDate, bytes);
  };
  CHECK(date(0) == R"({"f":["1970-01-01T00:00:00Z"]})");
  CHECK(date(1'767'225'600'004'849'000) == R"({"f":["2026-01-01T00:00:00.004849Z"]})");
  CHECK(date(1'767'225'600'500'000'000) == R"({"f":["2026-01-01T00:00:00.5Z"]})");
  CHECK(date(-1) == R"({"f":["1969-12-31T23:59:59.999999999Z"]})");
}

TEST_CASE("nested values, addresses, facets and broken texts are shown") {
  formats::ByteBuffer object;
  object.vint(4);
  object.fixed(std::uint8_t{0});
  object.bytes(text("key").span());
  object.fixed(static_cast<std::uint8_t>(formats::StoredType::kNull));
  object.fixed(std::uint8_t{0});
  object.bytes(text("list").span());
  object.fixed(static_cast<std::uint8_t>(formats::StoredType::kArray));
  object.vint(2);
  object.fixed(static_cast<std::uint8_t>(formats::StoredType::kI64));
  object.fixed(std::int64_t{7});
  object.fixed(static_cast<std::uint8_t>(formats::StoredType::kBool));
  object.fixed(std::uint8_t{0});
  CHECK(show(formats::StoredType::kObject, object) == R"({"f":[{"key":null,"list":[7,false]}]})");
  formats::ByteBuffer ip;
  for (int i : {1, 0, 0, 127, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) {
    ip.fixed(static_cast<std::uint8_t>(i));
  }
  CHECK(show(formats::StoredType::kIp, ip) == R"({"f":["127.0.0.1"]})");
  CHECK(show(formats::StoredType::kFacet, text(std::string_view("a\0b", 3))) ==
        R"({"f":["/a/b"]})");
  CHECK(show(formats::StoredType::kLegacyJson, text(R"({"z":1,"a":2})")) ==
        R"({"f":[{"z":1,"a":2}]})");
  CHECK(show(formats::StoredType::kText, text("\xFFx")) == "{\"f\":[\"\xEF\xBF\xBDx\"]}");
  CHECK_THROWS_AS(show(static_cast<formats::StoredType>(99), text("x")), formats::FormatError);
}

}  // namespace splitscope::workloads
