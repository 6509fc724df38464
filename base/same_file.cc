#include "base/same_file.h"

#include <cerrno>
#include <system_error>

#include "base/file_error.h"

namespace splitscope {

namespace fs = std::filesystem;

std::optional<FileIdentity> identity_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.empty() ? "." : path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw FileError("look at", path, errno);
  }
  return FileIdentity{status.st_dev, status.st_ino, status.st_mode};
}

std::optional<fs::path> find_same_file(const FileIdentity& identity, const fs::path& input) {
  const auto own = identity_of(input);
  if (!own) return std::nullopt;
  if (own->is_same(identity)) return input;
  if (!S_ISDIR(own->mode)) return std::nullopt;
  for (const auto& entry : fs::directory_iterator(input)) {
    const auto inner = identity_of(entry.path());
    if (inner && inner->is_same(identity)) return entry.path();
  }
  return std::nullopt;
}

bool lies_in(const fs::path& path, const FileIdentity& folder) {
  std::error_code error;
  fs::path place = fs::canonical(path, error);
  // What does not exist is refused by whoever wants to read it.
  if (error) return false;
  for (;;) {
    const auto identity = identity_of(place);
    if (identity && identity->is_same(folder)) return true;
    if (place == place.parent_path()) return false;
    place = place.parent_path();
  }
}

}  // namespace splitscope
