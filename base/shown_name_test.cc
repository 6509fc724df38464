#include "base/shown_name.h"

#include <array>

#include "tests/catch.h"

namespace splitscope {
namespace {

TEST_CASE("a name is shown as the user knows it, with what follows it", "[base]") {
  show_as("in/shown-1.split", "nightly.split");
  show_as("/tmp/.private-shown/out", "/data/out");
  show_as("/tmp/.private-shown/out/part", "/data/out/other");

  CHECK(shown_name("in/shown-1.split") == "nightly.split");
  CHECK(shown_name("in/shown-1.split:abc.term") == "nightly.split:abc.term");
  CHECK(shown_path(std::filesystem::path("/tmp/.private-shown/out/meta.json")) ==
        "/data/out/meta.json");
  CHECK(shown_name("/tmp/.private-shown/out/part/x") == "/data/out/other/x");

  // Others stay, also those that only begin or end alike.
  CHECK(shown_name("in/shown-1.split2") == "in/shown-1.split2");
  CHECK(shown_name("other/in/shown-1.split") == "other/in/shown-1.split");
  CHECK(shown_name("").empty());

  std::array<char, 8> small{};
  CHECK(copy_shown_name("in/shown-1.split", small) == 7);
  CHECK(std::string(small.data()) == "nightly");
}

}  // namespace
}  // namespace splitscope
