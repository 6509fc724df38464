// A memory cgroup for one sample, where the machine permits one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace splitscope::run {

/// A child of this process's own memory cgroup, v2 or v1; removed by the destructor, by when the
/// sample's processes must have ended.
class Cgroup {
 public:
  /// Nothing where it is not permitted or where there is no memory controller.
  [[nodiscard]] static std::optional<Cgroup> create();

  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  ~Cgroup();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  /// How often the kernel killed for want of memory in it.
  [[nodiscard]] std::uint64_t oom_kills() const;

 private:
  explicit Cgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
};

/// "v1", "v2" or empty: which one has the memory controller.
[[nodiscard]] std::string cgroup_version();

/// The kernel's count of out-of-memory kills since boot; nothing before Linux 4.13.
[[nodiscard]] std::optional<std::uint64_t> machine_oom_kills();

}  // namespace splitscope::run
