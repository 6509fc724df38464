// A memory cgroup for one sample, where the machine permits one.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace splitscope::run {

/// A child of this process's own memory cgroup, v2 or v1, named "splitscope-" and 16 hexadecimal
/// digits. While its maker lives it holds a lock (flock) on the folder, which is how the next one
/// tells what a dead one left. The destructor kills what is still in it and removes it.
class Cgroup {
 public:
  /// Nothing where it is not permitted or where there is no memory controller; `why` then says
  /// which. The first call of a process clears what dead ones left beside it.
  [[nodiscard]] static std::optional<Cgroup> create(std::string* why = nullptr);

  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// Puts the process in; false when the kernel refuses or the process is gone.
  [[nodiscard]] bool add(pid_t pid) const noexcept;

  /// Holds it to so many bytes, page cache and swap included; false where the kernel refuses.
  [[nodiscard]] bool limit(std::uint64_t bytes) const noexcept;

  /// How often the kernel killed for want of memory in it.
  [[nodiscard]] std::uint64_t oom_kills() const;

 private:
  Cgroup(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}

  std::filesystem::path folder_;
  int lock_;
};

/// More than any cgroup holds: whether the kernel takes this limit says whether it takes one at
/// all.
inline constexpr std::uint64_t kAnyLimitBytes = std::uint64_t{1} << 40;

/// Holds the cgroup to so many bytes, page cache and swap included; nothing: to none. Returns 0 or
/// an errno value; EBUSY where it holds more already and cannot give it up.
[[nodiscard]] int limit_cgroup(const std::filesystem::path& folder,
                               std::optional<std::uint64_t> bytes) noexcept;

/// Kills what is in the cgroups that dead processes left beside ours, and removes them. Never one
/// whose maker lives, nor one with another kind of name. What cannot be removed stays.
void remove_dead_cgroups() noexcept;

/// "v1", "v2" or empty: which one has the memory controller.
[[nodiscard]] std::string cgroup_version();

/// The kernel's count of out-of-memory kills since boot; nothing before Linux 4.13.
[[nodiscard]] std::optional<std::uint64_t> machine_oom_kills();

}  // namespace splitscope::run
