#include "harness/tree/starter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <system_error>

#include "harness/tree/testing/tree_case.h"
#include "tests/catch.h"

namespace splitscope::tree {
namespace {

std::string text_of(const std::filesystem::path& path) {
  const auto bytes = test::read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::filesystem::path script(const test::TemporaryFolder& folder, const std::string& name,
                             const std::string& text, mode_t mode) {
  const auto path = folder.file(name, std::as_bytes(std::span(text)));
  ::chmod(path.c_str(), mode);
  return path;
}

int error_of(const Launch& launch, std::string& what) {
  try {
    (void)run(launch);
  } catch (const std::system_error& error) {
    what = error.what();
    return error.code().value();
  }
  return 0;
}

}  // namespace

TEST_CASE("a name is looked for in the folders of the command's PATH") {
  CHECK(paths_of("x", {"PATH=/a:/b/c"}) == std::vector<std::string>{"/a/x", "/b/c/x"});
  CHECK(paths_of("x", {"PATH=:/a:"}) == std::vector<std::string>{"x", "/a/x", "x"});
  CHECK(paths_of("./x", {"PATH=/a"}) == std::vector<std::string>{"./x"});
  CHECK(paths_of("x", {}) == std::vector<std::string>{"/bin/x", "/usr/bin/x"});
  CHECK(paths_of("", {"PATH=/a"}) == std::vector<std::string>{""});
}

TEST_CASE("arguments arrive byte for byte") {
  const test::TemporaryFolder folder;
  const auto file = folder / "arguments";
  const std::vector<std::string> given{"[a,b]", "",   "two\nlines", "\xff\xfe",
                                       "--",    "-x", "a b\t'\"$"};
  std::vector<std::string> arguments{SPLITSCOPE_SUBJECT, "arguments", file.string()};
  arguments.insert(arguments.end(), given.begin(), given.end());
  REQUIRE(run(launch_of(arguments)).status == 0);
  std::string expected;
  for (const std::string& argument : given) expected += argument + std::string(1, '\0');
  CHECK(text_of(file) == expected);
}

TEST_CASE("what cannot be started says why, and nothing stays") {
  const test::TemporaryFolder folder;
  const auto unexecutable = script(folder, "plain", "echo\n", 0644);
  std::string what;
  CHECK(error_of(launch_of({"no-such-program"}), what) == ENOENT);
  CHECK_THAT(what, test::contains("no-such-program") && test::contains("PATH"));
  CHECK(error_of(launch_of({folder.path().string()}), what) == EACCES);
  CHECK(error_of(launch_of({unexecutable.string()}), what) == EACCES);
  CHECK(error_of(launch_of({(folder / "missing").string()}), what) == ENOENT);
  CHECK(error_of(launch_of({"/bin/sh/x"}), what) == ENOTDIR);
  CHECK(error_of(launch_of({""}), what) == ENOENT);
  Launch launch = launch_of({"plain"});
  launch.environment = {"PATH=/no-such:" + folder.path().string() + ":/also-not"};
  CHECK(error_of(launch, what) == EACCES);
  CHECK_THAT(what, test::contains(unexecutable.string()));
  launch = launch_of({"true"});
  launch.cgroup_procs = "/no-such/cgroup.procs";
  CHECK(error_of(launch, what) == ENOENT);
  CHECK_THAT(what, test::contains("/no-such/cgroup.procs"));
  launch = launch_of({"true"});
  launch.standard_input = "/no-such-input";
  CHECK(error_of(launch, what) == ENOENT);
  launch = launch_of({"true"});
  launch.spawner = "/no-such-spawner";
  CHECK(error_of(launch, what) == ENOENT);
  CHECK_THAT(what, test::contains("/no-such-spawner"));
  launch = launch_of({"true", std::string(1 << 20, 'x')});
  CHECK(error_of(launch, what) == E2BIG);
  CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("a script without an interpreter line is the shell's") {
  const test::TemporaryFolder folder;
  const auto path = script(folder, "script", "echo \"$0 $1\" > \"$2\"; exit 7\n", 0755);
  const auto out = folder / "out";
  CHECK(run(launch_of({path.string(), "[one]", out.string()})).status == 7);
  CHECK(text_of(out) == path.string() + " [one]\n");
  Launch launch = launch_of({"script", "two", out.string()});
  launch.environment = {"PATH=/no-such:" + folder.path().string()};
  CHECK(run(launch).status == 7);
  CHECK(text_of(out) == path.string() + " two\n");
}

TEST_CASE("standard input is a file's, limits hold, and signals are at their default") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "out").string();
  const std::string input = "a\nb\n";
  Launch launch = launch_of({"sh", "-c", "wc -l > \"$0\"", out});
  launch.standard_input = folder.file("in", std::as_bytes(std::span(input))).string();
  REQUIRE(run(launch).status == 0);
  CHECK(text_of(out) == "2\n");

  launch =
      launch_of({"sh", "-c", "ulimit -d > \"$0\"; ulimit -Hd >> \"$0\"; ulimit -c >> \"$0\"", out});
  launch.data_limit_bytes = 64 << 20;
  launch.core_limit_bytes = 0;
  REQUIRE(run(launch).status == 0);
  CHECK(text_of(out) == "65536\n65536\n0\n");

  const auto before = std::signal(SIGHUP, SIG_IGN);
  launch = launch_of({"sh", "-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status > \"$0\"", out});
  REQUIRE(run(launch).status == 0);
  CHECK(text_of(out) == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  launch.ignored_signals = 1;
  REQUIRE(run(launch).status == 0);
  CHECK(text_of(out) == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n");
  std::signal(SIGHUP, before);
}

TEST_CASE("the command gets the descriptors that were given and none of ours") {
  std::set<std::string> expected{"0", "1", "2"};
  for (int fd = 3; fd < 1024; ++fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) expected.insert(std::to_string(fd));
  }
  // And the folder that ls opens, under the first number that is free.
  int free = 3;
  while (expected.contains(std::to_string(free))) ++free;
  expected.insert(std::to_string(free));
  const test::TemporaryFolder folder;
  const auto out = (folder / "out").string();
  REQUIRE(run(launch_of({"sh", "-c", "exec ls /proc/self/fd > \"$0\"", out})).status == 0);
  std::istringstream lines(text_of(out));
  for (std::string fd; lines >> fd;) CHECK(expected.contains(fd));
}

}  // namespace splitscope::tree
