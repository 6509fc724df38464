#include "harness/run/cgroup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/folder_entries.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

struct Place {
  std::string version;
  fs::path folder;
};

// Lines of /proc/self/cgroup read "0::/path" for v2 and "7:memory:/path" for v1.
Place own_place() {
  std::ifstream in("/proc/self/cgroup");
  Place place;
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string path = line.substr(second + 1);
    if (!path.empty() && path.front() == '/') path.erase(0, 1);
    if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      return {"v1", fs::path("/sys/fs/cgroup/memory") / path};
    }
    if (controllers.empty()) {
      const fs::path folder = fs::path("/sys/fs/cgroup") / path;
      std::error_code ignored;
      if (fs::exists(folder / "cgroup.controllers", ignored)) place = {"v2", folder};
    }
  }
  return place;
}

// The value after `key` in a file of lines "key value".
std::optional<std::uint64_t> keyed_value(const fs::path& file, const std::string& key) {
  std::ifstream in(file);
  std::string name;
  std::uint64_t value = 0;
  while (in >> name >> value) {
    if (name == key) return value;
  }
  return std::nullopt;
}

constexpr const char* kPrefix = "splitscope-";
constexpr std::size_t kDigits = 16;
// A killed process leaves its cgroup a moment later; after half a second it never will.
constexpr int kNaps = 100;
constexpr timespec kNap{0, 5'000'000};
// How deep cgroups may lie in each other: a splitscope in a splitscope exec, and so on.
constexpr int kMaxDepth = 8;

bool has_our_name(const char* name) noexcept {
  const std::size_t prefix = std::strlen(kPrefix);
  return std::strncmp(name, kPrefix, prefix) == 0 && std::strlen(name + prefix) == kDigits &&
         std::strspn(name + prefix, "0123456789abcdef") == kDigits;
}

std::string new_name() {
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof(random), 0) != static_cast<ssize_t>(sizeof(random))) {
    random = static_cast<std::uint64_t>(::getpid());
  }
  std::array<char, kDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(random));
  return std::string(kPrefix) + digits.data();
}

// Locks the open folder without waiting.
bool lock_folder(int folder) noexcept {
  while (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

int open_folder(int parent, const char* name) noexcept {
  return ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool write_to(int folder, const char* file, const char* text) noexcept {
  const int fd = ::openat(folder, file, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t written = 0;
  do {
    written = ::write(fd, text, std::strlen(text));
  } while (written < 0 && errno == EINTR);
  const int error = errno;
  ::close(fd);
  errno = error;
  return written == static_cast<ssize_t>(std::strlen(text));
}

// Version 2 kills all at once; in version 1 each member is named. Whoever is in it is ours: a
// process comes in by our hand or by its parent's.
void kill_members(int folder) noexcept {
  if (write_to(folder, "cgroup.kill", "1")) return;
  const int fd = ::openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::array<char, 4096> text{};
  const ssize_t got = ::read(fd, text.data(), text.size());
  ::close(fd);
  const char* at = text.data();
  const char* const end = at + (got > 0 ? got : 0);
  while (at < end) {
    pid_t pid = 0;
    const auto [stop, error] = std::from_chars(at, end, pid);
    // A number that the end of the buffer may have cut short is left for the next time.
    if (error != std::errc{} || stop == end) return;
    if (pid > 1 && pid != ::getpid()) ::kill(pid, SIGKILL);
    at = stop + 1;
  }
}

// Returns 0 or an errno value.
int limit_open(int folder, std::optional<std::uint64_t> bytes) noexcept {
  std::array<char, 24> text{"max"};
  if (bytes) {
    std::snprintf(text.data(), text.size(), "%llu", static_cast<unsigned long long>(*bytes));
  }
  if (write_to(folder, "memory.max", text.data())) {
    // Without swap the file is not there, and there is nothing to forbid.
    (void)write_to(folder, "memory.swap.max", bytes ? "0" : "max");
    (void)write_to(folder, "memory.oom.group", "1");
    return 0;
  }
  if (errno != ENOENT) return errno;
  // In version 1 the limit with swap is never below the one without.
  const char* const limit = bytes ? text.data() : "-1";
  if (!bytes) (void)write_to(folder, "memory.memsw.limit_in_bytes", limit);
  if (!write_to(folder, "memory.limit_in_bytes", limit)) return errno != 0 ? errno : EIO;
  if (bytes && !write_to(folder, "memory.memsw.limit_in_bytes", limit)) {
    // A kernel that does not count swap must not swap out what is held.
    (void)write_to(folder, "memory.swappiness", "0");
  }
  return 0;
}

void remove_dead_in(int parent, int depth) noexcept;

// The folder is open and locked by us.
void remove_locked(int parent, const char* name, int folder, int depth) noexcept {
  remove_dead_in(folder, depth + 1);
  for (int nap = 0; nap < kNaps; ++nap) {
    if (::unlinkat(parent, name, AT_REMOVEDIR) == 0) return;
    if (errno == EINTR) continue;
    if (errno != EBUSY) return;
    kill_members(folder);
    ::nanosleep(&kNap, nullptr);
  }
}

void remove_dead_in(int parent, int depth) noexcept {
  if (depth > kMaxDepth) return;
  (void)for_each_entry(parent, [&](const char* name) {
    if (!has_our_name(name)) return true;
    const int folder = open_folder(parent, name);
    if (folder < 0) return true;
    if (lock_folder(folder)) remove_locked(parent, name, folder, depth);
    ::close(folder);
    return true;
  });
}

}  // namespace

std::optional<Cgroup> Cgroup::create(std::string* why) {
  const auto refuse = [why](std::string reason) {
    if (why != nullptr) *why = std::move(reason);
    return std::nullopt;
  };
  static const bool swept = (remove_dead_cgroups(), true);
  (void)swept;
  const Place place = own_place();
  if (place.version.empty()) return refuse("this machine has no memory cgroup to be seen");
  const char* usage = place.version == "v2" ? "memory.current" : "memory.usage_in_bytes";
  // Whoever sweeps between its making and its lock takes it for a dead one's.
  constexpr int kAttempts = 10;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    fs::path folder = place.folder / new_name();
    if (::mkdir(folder.c_str(), 0755) != 0) {
      if (errno == EEXIST || errno == EINTR) continue;
      return refuse("no cgroup of its own could be made in " + place.folder.string() + ": " +
                    std::generic_category().message(errno));
    }
    const int lock = open_folder(AT_FDCWD, folder.c_str());
    if (lock < 0 && errno == ENOENT) continue;
    if (lock < 0) {
      const int error = errno;
      ::rmdir(folder.c_str());
      return refuse("its cgroup could not be opened: " + std::generic_category().message(error));
    }
    Cgroup cgroup(std::move(folder), lock);
    struct stat status {};
    if (!lock_folder(lock) || ::stat(cgroup.folder_.c_str(), &status) != 0) continue;
    if (::faccessat(lock, usage, F_OK, 0) != 0) {
      return refuse("the cgroup " + place.folder.string() +
                    " does not hand the memory controller to its children");
    }
    return cgroup;
  }
  return refuse("the cgroup was removed by others each time it was made");
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}

Cgroup::~Cgroup() {
  if (lock_ < 0) return;
  remove_locked(AT_FDCWD, folder_.c_str(), lock_, 0);
  ::close(lock_);
}

bool Cgroup::add(pid_t pid) const noexcept {
  // Blanks first, more than there can be digits: half of a number would be another process's, of
  // blanks it is nobody's.
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%24s%ld", "", static_cast<long>(pid));
  return write_to(lock_, "cgroup.procs", text.data());
}

bool Cgroup::limit(std::uint64_t bytes) const noexcept { return limit_open(lock_, bytes) == 0; }

int limit_cgroup(const fs::path& folder, std::optional<std::uint64_t> bytes) noexcept {
  // The folder may be reached by a link.
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = limit_open(fd, bytes);
  ::close(fd);
  return error;
}

std::uint64_t Cgroup::oom_kills() const {
  for (const char* file : {"memory.events", "memory.oom_control"}) {
    if (const auto kills = keyed_value(folder_ / file, "oom_kill")) return *kills;
  }
  return 0;
}

void remove_dead_cgroups() noexcept {
  try {
    const Place place = own_place();
    if (place.version.empty()) return;
    const int parent = open_folder(AT_FDCWD, place.folder.c_str());
    if (parent < 0) return;
    remove_dead_in(parent, 0);
    ::close(parent);
  } catch (const std::exception&) {
    // No memory to look: the next one will do it.
  }
}

std::string cgroup_version() { return own_place().version; }

std::optional<std::uint64_t> machine_oom_kills() { return keyed_value("/proc/vmstat", "oom_kill"); }

}  // namespace splitscope::run
