#include "base/printable.h"

#include "tests/catch.h"

namespace splitscope {

TEST_CASE("text that can be shown stays as it is") {
  for (const char* text : {"a.split", "журнал 20MB", "a|b `c`", "\xF0\x9F\x98\x80", "100%"}) {
    CHECK(printable(text) == text);
  }
}

TEST_CASE("what would break a line or is no UTF-8 is escaped byte by byte") {
  CHECK(printable("a\nb\tc\x7F") == "a%0Ab%09c%7F");
  CHECK(printable(std::string_view("\0", 1)) == "%00");
  CHECK(printable("\xFF\xC3") == "%FF%C3");
  // Overlong, a surrogate, beyond Unicode, cut off.
  CHECK(printable("\xC0\xAF") == "%C0%AF");
  CHECK(printable("\xED\xA0\x80") == "%ED%A0%80");
  CHECK(printable("\xF4\x90\x80\x80") == "%F4%90%80%80");
  CHECK(printable("\xE2\x82") == "%E2%82");
  // A mark that turns the direction of writing, a line separator, a second newline of Latin-1.
  CHECK(printable("a\xE2\x80\xAE"
                  "b\xE2\x80\xA8\xC2\x85") == "a%E2%80%AEb%E2%80%A8%C2%85");
}

TEST_CASE("with the percent sign escaped, no two texts look alike") {
  const std::string bytes("a\n%0A\xFF/%", 8);
  CHECK(printable("a\n", "%") != printable("a%0A", "%"));
  CHECK(unescaped(printable(bytes, "%/")) == bytes);
  CHECK(unescaped("100%") == "100%");
  CHECK(unescaped("%zz%4") == "%zz%4");
}

TEST_CASE("long text is cut at a character's start") {
  CHECK(shortened("abc", 3) == "abc");
  CHECK(shortened("abcd", 3) == "abc...");
  CHECK(shortened("aёё", 2) == "a...");
}

}  // namespace splitscope
