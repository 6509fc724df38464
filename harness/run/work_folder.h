// The folder in which one sample runs.
#pragma once

#include <filesystem>
#include <string>

#include "base/staging.h"

namespace splitscope::run {

/// A fresh folder below `parent`, removed with everything in it on every way out; what a run left
/// that was killed is removed by the next one (see base/staging.h). What a child sees are short
/// relative names: the length of a path must not show in its heap figures.
class WorkFolder {
 public:
  /// Makes `parent` too, if need be. Errors: FileError that names it.
  explicit WorkFolder(const std::filesystem::path& parent);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() = default;

  /// Absolute.
  [[nodiscard]] const std::filesystem::path& path() const { return staging_.path(); }

  /// Links file or folder `target` to "in/<index>" (and keeps a ".split" ending); returns that
  /// name.
  std::string link_input(const std::filesystem::path& target, std::size_t index);
  /// Links `target` to `name`, a path below the folder, whose folders it makes.
  void link(const std::filesystem::path& target, const std::string& name);
  /// Makes "out" if it is not there; returns its name.
  std::string output_folder();

 private:
  Staging staging_;
};

}  // namespace splitscope::run
