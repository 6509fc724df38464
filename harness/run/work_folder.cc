#include "harness/run/work_folder.h"

#include <system_error>

#include "base/file_error.h"
#include "base/utf8_text.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw FileError("make", folder, error.value());
}

fs::path made(const fs::path& parent) {
  fs::path absolute = fs::absolute(parent);
  make_folders(absolute);
  return absolute;
}

}  // namespace

WorkFolder::WorkFolder(const fs::path& parent) : staging_(made(parent)) {}

std::string WorkFolder::link_input(const fs::path& target, std::size_t index) {
  std::string name = "in/" + std::to_string(index);
  std::error_code error;
  // The name goes through JSON, which holds no other bytes.
  if (fs::is_regular_file(target, error) && is_utf8(target.extension().native())) {
    name += target.extension().string();
  }
  link(target, name);
  return name;
}

void WorkFolder::link(const fs::path& target, const std::string& name) {
  const fs::path place = path() / name;
  make_folders(place.parent_path());
  std::error_code error;
  fs::create_symlink(fs::absolute(target), place, error);
  if (error) throw FileError("make", place, error.value());
}

std::string WorkFolder::output_folder() {
  make_folders(path() / "out");
  return "out";
}

}  // namespace splitscope::run
