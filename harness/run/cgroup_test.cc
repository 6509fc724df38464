#include "harness/run/cgroup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>
#include <vector>

#include "harness/run/process.h"
#include "tests/catch.h"

namespace splitscope::run {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::optional<Cgroup> created() {
  auto cgroup = Cgroup::create();
  if (!cgroup) WARN("skipped: this machine permits no memory cgroup");
  return cgroup;
}

Command sleeper() {
  Command command;
  command.executable = "/bin/sleep";
  command.arguments = {"sleep", "1000"};
  return command;
}

// As a killed run leaves it: the folder, and nobody who holds its lock.
fs::path leave_dead(const fs::path& parent, const std::string& name) {
  fs::path folder = parent / name;
  fs::create_directory(folder);
  return folder;
}

}  // namespace

TEST_CASE("a cgroup has a name of constant length, is locked, and goes with its object") {
  fs::path folder;
  {
    const auto cgroup = created();
    if (!cgroup) return;
    folder = cgroup->folder();
    CHECK(folder.filename().string().size() == std::string("splitscope-").size() + 16);
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    CHECK(flock(fd, LOCK_EX | LOCK_NB) != 0);
    close(fd);
    remove_dead_cgroups();
    CHECK(fs::exists(folder));
  }
  CHECK_FALSE(fs::exists(folder));
}

TEST_CASE("dead ones are removed with what runs in them, the living and the foreign are not") {
  const auto mine = created();
  if (!mine) return;
  const fs::path parent = mine->folder().parent_path();
  const fs::path dead = leave_dead(parent, "splitscope-00000000000dead1");
  const fs::path nested = leave_dead(dead, "splitscope-00000000000dead2");
  // Made by an older program, whose maker cannot be told to be dead, and of somebody else.
  const fs::path old = leave_dead(parent, "splitscope-" + std::to_string(getpid()) + "-7777");
  const fs::path foreign = leave_dead(parent, "splitscope-mine");
  Process in_mine(sleeper());
  REQUIRE(mine->add(in_mine.pid()));
  Process in_dead(sleeper());
  std::ofstream(nested / "cgroup.procs") << in_dead.pid() << std::flush;

  remove_dead_cgroups();
  CHECK_FALSE(fs::exists(nested));
  CHECK_FALSE(fs::exists(dead));
  const Exit exit = in_dead.wait(Clock::now() + std::chrono::seconds(30));
  CHECK(exit.signal == SIGKILL);
  CHECK_FALSE(exit.timed_out);

  CHECK(fs::exists(mine->folder()));
  CHECK(kill(in_mine.pid(), 0) == 0);
  CHECK(fs::exists(old));
  CHECK(fs::exists(foreign));
  rmdir(old.c_str());
  rmdir(foreign.c_str());
}

TEST_CASE("a process that is put in is in, and no other") {
  const auto cgroup = created();
  if (!cgroup) return;
  Process process(sleeper());
  REQUIRE(cgroup->add(process.pid()));
  std::ifstream in(cgroup->folder() / "cgroup.procs");
  std::vector<pid_t> members;
  for (pid_t pid = 0; in >> pid;) members.push_back(pid);
  CHECK(members == std::vector<pid_t>{process.pid()});
}

TEST_CASE("nobody who has gone can be put in") {
  const auto cgroup = created();
  if (!cgroup) return;
  CHECK_FALSE(cgroup->add(1 << 30));
}

}  // namespace splitscope::run
