// A directory that exists under its name only once it is whole.
#pragma once

#include <filesystem>

namespace splitscope {

/// Made under a temporary name beside the target; commit() renames it, the destructor removes it
/// when that was not reached. Single-threaded. Errors: std::system_error, UsageError from
/// check_target.
class OutputDirectory {
 public:
  /// `replace`: the target may be a directory with files in it, which commit() then removes.
  OutputDirectory(const std::filesystem::path& target, bool replace);
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  /// Where to write meanwhile.
  [[nodiscard]] const std::filesystem::path& path() const { return temporary_; }

  /// Call once, last.
  void commit();

  /// Throws UsageError unless `target` is absent, an empty directory or, with `replace`, a
  /// directory that holds nothing but regular files: whatever has folders in it was not written by
  /// extract.
  static void check_target(const std::filesystem::path& target, bool replace);

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;
  bool replace_;
  bool committed_ = false;
};

}  // namespace splitscope
