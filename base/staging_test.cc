#include "base/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/file_error.h"
#include "base/staging_registry.h"
#include "base/testing/temporary_folder.h"
#include "tests/catch.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

/// What a process leaves that makes a staging with a file in it and is killed: its folder's name.
void leave_a_dead_one(const fs::path& parent) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto* const staging = new Staging(parent);
    write(staging->path() / "half", "half");
    ::_exit(0);  // No destructor runs, as after kill -9.
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
}

TEST_CASE("a staging goes with everything in it") {
  const test::TemporaryFolder folder;
  {
    const Staging staging(folder.path());
    CHECK(folder.names().size() == 1);
    fs::create_directories(staging.path() / "a" / "b");
    write(staging.path() / "a" / "b" / "c", "x");
    fs::create_symlink(folder.path(), staging.path() / "link");
    for (int i = 0; i < 300; ++i) write(staging.path() / ("many-" + std::to_string(i)), "");
  }
  CHECK(folder.names().empty());
}

TEST_CASE("what is made in a staging lies apart from its lock") {
  const test::TemporaryFolder folder;
  const Staging staging(folder.path());
  CHECK(test::names_in(staging.path()).empty());
}

TEST_CASE("the next staging clears what a dead process left, and nothing of a live one") {
  const test::TemporaryFolder folder;
  leave_a_dead_one(folder.path());
  CHECK(folder.names().size() == 1);
  const Staging live(folder.path());
  CHECK(folder.names().size() == 1);
  write(live.path() / "mine", "mine");
  { const Staging next(folder.path()); }
  CHECK(fs::exists(live.path() / "mine"));
}

TEST_CASE("what somebody else made is not touched, whatever it is called") {
  const test::TemporaryFolder folder;
  const fs::path like_ours = folder.path() / ".splitscope-0123456789abcdef";
  fs::create_directory(like_ours);
  write(like_ours / "precious", "mine");
  const fs::path empty = folder.path() / ".splitscope-0000000000000001";
  fs::create_directory(empty);
  const fs::path with_lock = folder.path() / ".splitscope-00000000000000ff";
  fs::create_directory(with_lock);
  write(with_lock / "lock", "splitscope 1:2\n");
  write(folder.path() / ".splitscope-fedcba9876543210", "a file");
  // A copy of a dead one's has another inode.
  leave_a_dead_one(folder.path());
  for (const auto& name : folder.names()) {
    if (!fs::exists(folder.path() / name / "made")) continue;
    fs::copy(folder.path() / name, folder.path() / "kept", fs::copy_options::recursive);
    fs::rename(folder.path() / "kept", folder.path() / ".splitscope-00000000000000aa");
    break;
  }
  remove_dead_stagings(folder.path());
  CHECK(fs::exists(like_ours / "precious"));
  CHECK(fs::exists(empty));
  CHECK(fs::exists(with_lock / "lock"));
  CHECK(fs::exists(folder.path() / ".splitscope-fedcba9876543210"));
  CHECK(fs::exists(folder.path() / ".splitscope-00000000000000aa" / "made" / "half"));
  CHECK(folder.names().size() == 5);
}

TEST_CASE("a dying process removes what is entered") {
  const test::TemporaryFolder folder;
  Staging staging(folder.path());
  write(staging.path() / "half", "half");
  remove_entered_stagings();
  CHECK(folder.names().empty());
}

// Runs `body` in a process that has `free` descriptors left.
template <typename Body>
int with_descriptors(int free, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    // What Catch2 and the sanitizers opened stays.
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    const auto limit = static_cast<rlim_t>(next) + static_cast<rlim_t>(free);
    const rlimit few{limit, limit};
    ::setrlimit(RLIMIT_NOFILE, &few);
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void take_all_descriptors() {
  while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
  }
}

void make_a_deep_tree(const fs::path& folder) {
  fs::create_directories(folder / "a" / "b" / "c" / "d");
  write(folder / "a" / "b" / "c" / "d" / "file", "x");
  write(folder / "a" / "b" / "beside", "x");
  fs::create_directories(folder / "a" / "b" / "next" / "e");
  write(folder / "a" / "b" / "next" / "e" / "file", "x");
}

TEST_CASE("a staging goes when its process has no descriptor left") {
  const test::TemporaryFolder folder;
  CHECK(with_descriptors(20, [&] {
          const Staging staging(folder.path());
          make_a_deep_tree(staging.path());
          take_all_descriptors();
          return 0;
        }) == 0);
  CHECK(folder.names().empty());
  CHECK(with_descriptors(20, [&] {
          const auto* const staging = new Staging(folder.path());
          make_a_deep_tree(staging->path());
          take_all_descriptors();
          remove_entered_stagings();
          return 0;
        }) == 0);
  CHECK(folder.names().empty());
}

TEST_CASE("a staging that cannot have its descriptors leaves nothing") {
  const test::TemporaryFolder folder;
  int refused = 0;
  int free = 1;
  for (; free < 10; ++free) {
    const int status = with_descriptors(free, [&] {
      try {
        const Staging staging(folder.path());
        return 0;
      } catch (const FileError&) {
        return 1;
      }
    });
    CHECK(folder.names().empty());
    if (status == 0) break;
    CHECK(status == 1);
    ++refused;
  }
  CHECK(refused >= 1);
  CHECK(free <= 2);
}

TEST_CASE("a staging in a folder that is not there is refused by its name") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_WITH(Staging(folder.path() / "none"), test::contains("none: No such file"));
}

}  // namespace
}  // namespace splitscope
