#include "harness/run/cgroup.h"

#include <unistd.h>

#include <atomic>
#include <fstream>

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

}  // namespace

std::optional<Cgroup> Cgroup::create() {
  static std::atomic<unsigned> counter{0};
  const Place place = own_place();
  if (place.version.empty()) return std::nullopt;
  const fs::path folder = place.folder / ("splitscope-" + std::to_string(getpid()) + "-" +
                                          std::to_string(counter.fetch_add(1)));
  std::error_code error;
  if (!fs::create_directory(folder, error) || error) return std::nullopt;
  Cgroup cgroup(folder);
  const char* usage = place.version == "v2" ? "memory.current" : "memory.usage_in_bytes";
  if (!fs::exists(folder / usage, error)) return std::nullopt;
  return cgroup;
}

Cgroup::Cgroup(Cgroup&& other) noexcept : folder_(std::move(other.folder_)) {
  other.folder_.clear();
}

Cgroup::~Cgroup() {
  if (!folder_.empty()) rmdir(folder_.c_str());
}

std::uint64_t Cgroup::oom_kills() const {
  for (const char* file : {"memory.events", "memory.oom_control"}) {
    if (const auto kills = keyed_value(folder_ / file, "oom_kill")) return *kills;
  }
  return 0;
}

std::string cgroup_version() { return own_place().version; }

std::optional<std::uint64_t> machine_oom_kills() { return keyed_value("/proc/vmstat", "oom_kill"); }

}  // namespace splitscope::run
