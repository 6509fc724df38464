// The folder in which one sample runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace splitscope::run {

/// A fresh folder below `parent`, removed with everything in it by the destructor. What a child
/// sees are short relative names: the length of a path must not show in its heap figures.
class WorkFolder {
 public:
  /// Errors: std::system_error that names the folder.
  explicit WorkFolder(const std::filesystem::path& parent);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Links file or folder `target` to "in/<index>" (and keeps a ".split" ending); returns that
  /// name.
  std::string link_input(const std::filesystem::path& target, std::size_t index);
  /// Links `target` to `name`, a path below the folder, whose folders it makes.
  void link(const std::filesystem::path& target, const std::string& name);
  /// Makes "out" if it is not there; returns its name.
  std::string output_folder();

 private:
  std::filesystem::path path_;
};

}  // namespace splitscope::run
