#include "base/output_place.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/sync.h"
#include "base/testing/temporary_folder.h"
#include "tests/catch.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Works in a folder of its own, so that outputs without a folder are tried too.
class InFolder {
 public:
  InFolder() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~InFolder() { fs::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  test::TemporaryFolder folder_;
  fs::path before_;
};

OutputPlace file_place(const fs::path& target, const std::vector<fs::path>& inputs = {}) {
  return OutputPlace::for_file(target, inputs);
}

OutputPlace folder_place(const fs::path& target, const std::vector<fs::path>& inputs = {},
                         OldFolder old = OldFolder::kRefuse) {
  return OutputPlace::for_folder(target, inputs, old);
}

TEST_CASE("an old file stays until the new one is committed") {
  const InFolder here;
  write("out", "old");
  ::chmod("out", 0640);
  for (const Sync sync : {Sync::kYes, Sync::kNo}) {
    {
      const OutputPlace place = file_place("out");
      write(place.path(), "half");
      CHECK(content_of("out") == "old");
    }
    CHECK(content_of("out") == "old");
    CHECK(entries_of(".") == 1);
    OutputPlace place = file_place("./out");
    write(place.path(), "old");
    place.commit(sync);
    CHECK(content_of("out") == "old");
    struct stat status {};
    REQUIRE(::stat("out", &status) == 0);
    CHECK((status.st_mode & 07777U) == 0640U);
    CHECK(entries_of(".") == 1);
  }
}

TEST_CASE("an input is refused as output under every name") {
  const InFolder here;
  write("a", "a");
  fs::create_directory("index");
  write("index/meta.json", "{}");
  fs::create_symlink("a", "link");
  fs::create_symlink("link", "link-of-link");
  fs::create_hard_link("a", "hard");
  fs::create_directory_symlink(".", "here");
  fs::create_hard_link("index/meta.json", "other.split");
  for (const char* name : {"a", "./a", "link", "link-of-link", "hard", "here/a", "index/../a"}) {
    INFO(name);
    CHECK_THROWS_AS(file_place(name, {"b", "a"}), UsageError);
    CHECK_THROWS_WITH(file_place(name, {"link"}), test::contains("is the input"));
  }
  CHECK_THROWS_WITH(file_place("other.split", {"index"}), test::contains("index/meta.json"));
  CHECK_NOTHROW(file_place("b", {"a"}));
  CHECK(content_of("a") == "a");
  CHECK(entries_of(".") == 7);
}

TEST_CASE("only a regular file or a new name is written to") {
  const InFolder here;
  REQUIRE(::mkfifo("pipe", 0600) == 0);
  fs::create_directory("folder");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string("socket").copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  ::close(socket);
  fs::create_symlink("pipe", "link-to-pipe");
  fs::create_symlink("loop", "loop");
  for (const char* name :
       {"pipe", "folder", "socket", "link-to-pipe", "/dev/null", "folder/", ".", "..", "", "/"}) {
    INFO(name);
    CHECK_THROWS_AS(file_place(name), UsageError);
  }
  CHECK_THROWS(file_place("loop"));
  CHECK_THROWS_WITH(file_place("none/out"), test::contains("none"));
  CHECK(entries_of(".") == 5);
}

TEST_CASE("a link to a regular file stays a link") {
  const InFolder here;
  fs::create_directory("far");
  write("far/file", "old");
  fs::create_symlink("far/file", "link");
  write_whole_file("link", "new", Sync::kYes);
  CHECK(fs::is_symlink("link"));
  CHECK(content_of("far/file") == "new");
  fs::create_symlink("far/not-yet", "dangling");
  write_whole_file("dangling", "made", Sync::kNo);
  CHECK(content_of("far/not-yet") == "made");
  CHECK(entries_of("far") == 2);
}

TEST_CASE("names of 255 bytes and of any bytes are written to") {
  const InFolder here;
  for (const std::string& name : {std::string(255, 'x'), std::string("\xff\xfe not UTF-8\n"),
                                  std::string("-o"), std::string("lock"), std::string("made")}) {
    write_whole_file(fs::path(name), name, Sync::kNo);
    CHECK(content_of(name) == name);
    fs::remove(name);
    OutputPlace place = folder_place(name);
    fs::create_directory(place.path());
    place.commit(Sync::kYes);
    CHECK(fs::is_directory(name));
  }
  CHECK(entries_of(".") == 5);
}

TEST_CASE("the last of two that write to one place stays, whole") {
  const InFolder here;
  OutputPlace first = file_place("out");
  OutputPlace second = file_place("out");
  write(first.path(), "first");
  write(second.path(), "second");
  first.commit(Sync::kNo);
  second.commit(Sync::kNo);
  CHECK(content_of("out") == "second");

  OutputPlace one = folder_place("folder");
  OutputPlace two = folder_place("folder");
  for (const OutputPlace* place : {&one, &two}) {
    fs::create_directory(place->path());
    write(place->path() / "a", place == &one ? "one" : "two");
  }
  one.commit(Sync::kYes);
  two.commit(Sync::kYes);
  CHECK(content_of("folder/a") == "two");
  CHECK(entries_of(".") == 2);
}

TEST_CASE("a folder that came in the meantime and is not like ours is kept") {
  const InFolder here;
  OutputPlace place = folder_place("folder");
  fs::create_directory(place.path());
  write(place.path() / "a", "ours");
  fs::create_directory("folder");
  write("folder/precious", "theirs");
  CHECK_THROWS_WITH(place.commit(Sync::kNo), test::contains("not empty any more"));
  CHECK(content_of("folder/precious") == "theirs");

  OutputPlace other =
      OutputPlace::for_folder("other", {}, OldFolder::kRefuse,
                              [](const fs::path& folder) { return fs::exists(folder / "b"); });
  fs::create_directory(other.path());
  write(other.path() / "a", "ours");
  fs::create_directory("other");
  write("other/b", "another's of our kind");
  other.commit(Sync::kNo);
  CHECK(content_of("other/a") == "ours");
  CHECK_FALSE(fs::exists("other/b"));
}

TEST_CASE("a folder is replaced only when asked, and never one that holds an input") {
  const InFolder here;
  fs::create_directory("folder");
  write("folder/old", "old");
  CHECK_THROWS_WITH(folder_place("folder"), test::contains("not empty"));
  CHECK_THROWS_WITH(folder_place("folder", {"folder/old"}, OldFolder::kReplace),
                    test::contains("holds the input"));
  fs::create_symlink("folder/old", "link");
  CHECK_THROWS_WITH(folder_place("folder", {"link"}, OldFolder::kReplace),
                    test::contains("holds the input"));
  fs::create_hard_link("folder/old", "elsewhere");
  CHECK_THROWS_WITH(folder_place("folder", {"elsewhere"}, OldFolder::kReplace),
                    test::contains("holds the input"));
  fs::remove("elsewhere");
  OutputPlace place = folder_place("folder/", {}, OldFolder::kReplace);
  fs::create_directory(place.path());
  write(place.path() / "new", "new");
  CHECK(content_of("folder/old") == "old");
  place.commit(Sync::kYes);
  CHECK(content_of("folder/new") == "new");
  CHECK_FALSE(fs::exists("folder/old"));
  fs::create_directory("folder/inner");
  CHECK_THROWS_WITH(folder_place("folder", {}, OldFolder::kReplace),
                    test::contains("no plain file"));
  CHECK(entries_of(".") == 2);
}

TEST_CASE("missing folders on the way come and go with the output") {
  const InFolder here;
  {
    const OutputPlace place = folder_place("a/b/c");
    fs::create_directory(place.path());
  }
  CHECK(entries_of(".") == 0);
  OutputPlace place = folder_place("a/b/c");
  OutputPlace other = folder_place("a/b/d");
  fs::create_directory(place.path());
  fs::create_directory(other.path());
  place.commit(Sync::kYes);
  other.commit(Sync::kYes);
  CHECK(entries_of("a/b") == 2);
  CHECK(entries_of(".") == 1);
}

}  // namespace
}  // namespace splitscope
