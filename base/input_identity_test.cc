#include "base/input_identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include <fstream>
#include <string>

#include "base/testing/temporary_folder.h"
#include "tests/catch.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

using test::contains;

void write(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::trunc);
  out << text;
}

std::string change_of(const InputIdentity& identity) {
  try {
    identity.check_unchanged();
  } catch (const ChangedFile& changed) {
    return changed.what();
  }
  return "unchanged";
}

TEST_CASE("a file that stays is unchanged, however it is read") {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  write(path, "one");
  InputIdentity identity;
  identity.add_file(path);
  std::ifstream in(path);
  std::string text;
  in >> text;
  CHECK(change_of(identity) == "unchanged");
}

TEST_CASE("whatever becomes of a file is told, at once after it was written too") {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  const auto after = [&](auto&& change) {
    write(path, "one");
    InputIdentity identity;
    identity.add_file(path);
    change();
    std::string told = change_of(identity);
    CHECK_THAT(told, contains(path.string() + ": changed while it was read"));
    fs::remove(path);
    return told;
  };
  CHECK_THAT(after([&] { write(path, "two"); }), contains("was written to"));
  CHECK_THAT(after([&] { write(path, "twelve"); }), contains("3 bytes and has 6"));
  CHECK_THAT(after([&] { fs::resize_file(path, 1); }), contains("3 bytes and has 1"));
  CHECK_THAT(after([&] { fs::remove(path); }), contains("was removed"));
  CHECK_THAT(after([&] {
               write(folder.path() / "b", "one");
               fs::rename(folder.path() / "b", path);
             }),
             contains("another file"));
  // One that sets the time of the last writing back.
  CHECK_THAT(after([&] {
               struct stat before {};
               REQUIRE(::stat(path.c_str(), &before) == 0);
               write(path, "two");
               const timespec times[2] = {before.st_atim, before.st_mtim};
               REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
             }),
             contains("content or attributes"));
}

TEST_CASE("of a folder, the files that belong count") {
  const test::TemporaryFolder folder;
  write(folder.path() / "a", "one");
  write(folder.path() / "b.split", "one");
  InputIdentity identity;
  identity.add_folder(folder.path(),
                      [](std::string_view name) { return !name.ends_with(".split"); });
  write(folder.path() / "c.split", "new");
  fs::remove(folder.path() / "b.split");
  fs::create_directory(folder.path() / "d");
  CHECK(change_of(identity) == "unchanged");
  write(folder.path() / "e", "new");
  CHECK_THAT(change_of(identity), contains("/e: changed") && contains("not there"));
  fs::remove(folder.path() / "e");
  CHECK(change_of(identity) == "unchanged");
  fs::remove(folder.path() / "a");
  CHECK_THAT(change_of(identity), contains("/a: changed") && contains("removed"));
}

TEST_CASE("the change is told, not what seemed wrong because of it") {
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  write(path, "one");
  InputIdentity identity;
  identity.add_file(path);
  const auto fail = [] { throw std::runtime_error("damaged"); };
  CHECK_NOTHROW(identity.while_unchanged([] {}));
  CHECK_THROWS_WITH(identity.while_unchanged(fail), "damaged");
  CHECK_THROWS_AS(identity.while_unchanged([&] { write(path, "two"); }), ChangedFile);
  CHECK_THROWS_AS(identity.while_unchanged(fail), ChangedFile);
  CHECK_THROWS_AS(identity.while_unchanged([] { throw std::bad_alloc(); }), std::bad_alloc);
}

TEST_CASE("a file that is not there is an error of opening it") {
  const test::TemporaryFolder folder;
  InputIdentity identity;
  CHECK_THROWS_AS(identity.add_file(folder.path() / "none"), std::system_error);
  CHECK_THROWS_AS(identity.add_folder(folder.path() / "none", [](auto) { return true; }),
                  std::system_error);
}

}  // namespace
}  // namespace splitscope
