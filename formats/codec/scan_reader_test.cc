#include "formats/codec/scan_reader.h"

#include "strategies/interface/testing/memory_source.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

std::vector<std::byte> numbered(std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

TEST_CASE("records come out whole whatever the window") {
  for (const std::size_t window : {0U, 1U, 3U, 7U, 64U, 1000U}) {
    const MemorySource source(numbered(200), window);
    ScanReader reader(SourceRange(source, "x"));
    std::size_t at = 0;
    for (const std::size_t length : {1U, 5U, 0U, 64U, 100U, 30U}) {
      const auto record = reader.take(length);
      REQUIRE(record.size() == length);
      for (const std::byte b : record) REQUIRE(b == static_cast<std::byte>(at++));
    }
    CHECK(reader.remaining() == 0);
    CHECK(reader.take_some(5).empty());
  }
}

TEST_CASE("a part of a range is read with offsets of the range") {
  const MemorySource source(numbered(100), 8);
  ScanReader reader(SourceRange(source, "x"), 10, 20);
  CHECK(reader.position() == 10);
  reader.skip(5);
  CHECK(reader.take(1)[0] == std::byte{15});
  CHECK(reader.remaining() == 14);
}

TEST_CASE("a record past the end is an error before anything is allocated for it") {
  const MemorySource source(numbered(10), 4);
  ScanReader reader(SourceRange(source, "x.term"));
  CHECK_THROWS_WITH(reader.take(std::size_t{1} << 40), test::contains("x.term: at byte 0"));
}

}  // namespace
}  // namespace splitscope::formats
