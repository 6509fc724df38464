#include "harness/run/work_folder.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace splitscope::run {

namespace fs = std::filesystem;

WorkFolder::WorkFolder(const fs::path& parent) {
  fs::create_directories(parent);
  std::string name = (fs::absolute(parent) / "sample-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(),
                            "cannot make a folder in " + parent.string());
  }
  path_ = name;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string WorkFolder::link_input(const fs::path& target, std::size_t index) {
  std::string name = "in/" + std::to_string(index);
  if (fs::is_regular_file(target)) name += target.extension().string();
  link(target, name);
  return name;
}

void WorkFolder::link(const fs::path& target, const std::string& name) {
  const fs::path place = path_ / name;
  fs::create_directories(place.parent_path());
  fs::create_symlink(fs::absolute(target), place);
}

std::string WorkFolder::output_folder() {
  fs::create_directories(path_ / "out");
  return "out";
}

}  // namespace splitscope::run
