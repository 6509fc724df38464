#include "base/utf8_text.h"

#include "tests/catch.h"

namespace splitscope {
namespace {

TEST_CASE("what is UTF-8 stays as it is") {
  for (const char* text :
       {"", "plain", "back\\slash", "\xd0\xb8\xd0\xbc\xd1\x8f", "\xf0\x9f\x99\x82", "\xef\xbf\xbf",
        "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"}) {
    CHECK(is_utf8(text));
    CHECK(utf8_text(text) == text);
  }
}

TEST_CASE("bytes that are no character are escaped, and can be told from a name that looks so") {
  CHECK(utf8_text("a\xff") == "a\\xff");
  CHECK(utf8_text("a\\xff") == "a\\xff");
  CHECK(utf8_text("\\\xff") == "\\\\\\xff");
  CHECK(utf8_text("\xd0\xb8\xd0") == "\xd0\xb8\\xd0");
  // Overlong, a surrogate, above the last code point, cut off.
  for (const char* text : {"\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xf0\x9f\x99", "\x80", "\xfe"}) {
    CHECK_FALSE(is_utf8(text));
    CHECK(is_utf8(utf8_text(text)));
    CHECK(utf8_text(text).size() == 4 * std::string_view(text).size());
  }
}

}  // namespace
}  // namespace splitscope
