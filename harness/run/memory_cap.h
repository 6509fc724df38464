// What holds a process tree to so many bytes of memory, and how to ask for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace splitscope::run {

/// What held a command or a child to its cap.
enum class CapKind {
  kNone,
  /// All of its processes and their page cache together.
  kCgroup,
  /// RLIMIT_DATA: private writable memory, reserved or touched, of each process by itself.
  kDataLimit
};

/// "none", "cgroup", "rlimit_data".
[[nodiscard]] std::string_view to_string(CapKind kind);

/// Throws UsageError that quotes `text`.
[[nodiscard]] CapKind parse_cap_kind(std::string_view text);

/// What such a cap counts, for a sentence that begins with "held by ".
[[nodiscard]] std::string_view cap_text(CapKind kind);

/// Whether this process may make a cgroup and limit its memory: makes one, tries, removes it.
/// `why`, when given, says what was in the way.
[[nodiscard]] bool can_limit_cgroup(std::string* why = nullptr);

/// Caps this very process from construction to destruction: its cgroup's limit, or its soft
/// RLIMIT_DATA. Main thread. Errors: UsageError when the process holds more than that already,
/// std::system_error when the cap is refused for another reason.
class OwnMemoryCap {
 public:
  /// `cgroup_folder` is that of the cgroup which this process is in; used by kCgroup only. kNone
  /// does nothing.
  OwnMemoryCap(CapKind kind, std::filesystem::path cgroup_folder, std::uint64_t bytes);
  OwnMemoryCap(const OwnMemoryCap&) = delete;
  OwnMemoryCap& operator=(const OwnMemoryCap&) = delete;
  ~OwnMemoryCap();

 private:
  CapKind kind_;
  std::filesystem::path cgroup_folder_;
};

}  // namespace splitscope::run
