// A private folder beside a place where something is to be made, so that the place itself changes
// in one rename, when all is well. The one home for temporary files and folders.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace splitscope {

/// ".splitscope-" and 16 hexadecimal digits: no user's file has such a name by chance. The folder
/// is ours only if its file "lock" says so: "splitscope <device>:<inode of the folder>\n". The lock
/// file is locked (flock) as long as its maker lives, which is how a dead one's is told apart.
inline constexpr std::string_view kStagingPrefix = ".splitscope-";
inline constexpr std::string_view kStagingLock = "lock";

/// Made with exclusive creation, mode 0700; removed with everything in it on every way out: by the
/// destructor, by remove(), by the handlers of base/death.h when a signal ends the process. What
/// kill -9 leaves is removed by the next Staging in the same parent. Single-threaded.
/// Errors: FileError that names the parent.
class Staging {
 public:
  /// Removes what dead processes left in `parent` ("" is the current folder), then makes its own.
  explicit Staging(const std::filesystem::path& parent);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// An empty folder in it, for whatever is to be made.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Now, and with an error when something cannot be removed. The destructor says nothing.
  void remove();

  /// While something of the user's lies in it: from protect() to unprotect() nobody removes it,
  /// neither the destructor nor a signal nor the next Staging. Errors: FileError.
  void protect();
  void unprotect();

 private:
  int remove_all() noexcept;

  std::filesystem::path root_;
  std::filesystem::path path_;
  /// Of the registry, which also holds the lock, and a spare descriptor for the removal.
  std::size_t slot_;
  bool is_protected_ = false;
};

/// Removes the stagings in `parent` whose makers are dead: those that carry our mark and whose lock
/// is free. Never one of a living process, never anything else, and an error is no matter.
void remove_dead_stagings(const std::filesystem::path& parent) noexcept;

}  // namespace splitscope
