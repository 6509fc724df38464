// A directory that exists under its name only once it is whole.
#pragma once

#include <filesystem>

#include "base/staging.h"

namespace splitscope::workloads {

/// Made in a staging folder beside the target; commit() renames it, the destructor removes it when
/// that was not reached. Replaces nothing: that is a verb's business (base/output_place.h).
/// Single-threaded. Errors: std::system_error, UsageError from check_target.
class OutputDirectory {
 public:
  explicit OutputDirectory(const std::filesystem::path& target);

  /// Where to write meanwhile.
  [[nodiscard]] const std::filesystem::path& path() const { return made_; }

  /// Call once, last.
  void commit();

  /// Throws UsageError unless `target` is absent or an empty directory.
  static void check_target(const std::filesystem::path& target);

 private:
  std::filesystem::path target_;
  Staging staging_;
  std::filesystem::path made_;
};

}  // namespace splitscope::workloads
