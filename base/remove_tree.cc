#include "base/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "base/folder_entries.h"

namespace splitscope {
namespace {

// Deeper than anything that we make.
constexpr int kDeepest = 16;

int remove_entries(int& folder, const char* keep, int depth) noexcept;

int open_folder(int at, const char* name) noexcept {
  return ::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Leaves `folder` for what lies in it and comes back, so that two descriptors at a time are enough
// at any depth. `folder` becomes another descriptor of the same folder, or -1 and an error.
int remove_inner(int& folder, const char* name, int depth) noexcept {
  struct stat outer {};
  if (::fstat(folder, &outer) != 0) return errno;
  int inner = open_folder(folder, name);
  if (inner < 0) return errno == ENOENT ? 0 : errno;
  ::close(folder);
  folder = -1;
  const int problem = remove_entries(inner, nullptr, depth + 1);
  if (inner < 0) return problem;
  folder = open_folder(inner, "..");
  const int error = errno;
  ::close(inner);
  if (folder < 0) return problem != 0 ? problem : error;
  struct stat back {};
  if (::fstat(folder, &back) != 0 || back.st_dev != outer.st_dev || back.st_ino != outer.st_ino) {
    // Somebody moved it meanwhile: what is there now is not ours.
    ::close(folder);
    folder = -1;
    return ESTALE;
  }
  if (problem != 0) return problem;
  return ::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

// Says in `left` whether `folder` is another descriptor now.
int remove_entry(int& folder, const char* name, int depth, bool& left) noexcept {
  if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  const int error = errno;
  // Most are empty by now.
  if (::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  if (errno == ENOTDIR) return error;
  left = true;
  return remove_inner(folder, name, depth);
}

int remove_entries(int& folder, const char* keep, int depth) noexcept {
  if (depth > kDeepest) return ELOOP;
  int problem = 0;
  // What is removed while a folder is read may hide its neighbours, and after a look into one of
  // them the reading begins anew: until the folder is empty.
  for (bool found = true; found && problem == 0;) {
    found = false;
    const int reading = folder;
    const int error = for_each_entry(reading, [&](const char* name) {
      if (keep != nullptr && std::strcmp(name, keep) == 0) return true;
      found = true;
      bool left = false;
      problem = remove_entry(folder, name, depth, left);
      return problem == 0 && !left;
    });
    if (error != 0) return error;
  }
  return problem;
}

int remove_once(const char* path, const char* last) noexcept {
  int folder = open_folder(AT_FDCWD, path);
  if (folder < 0) return errno == ENOENT ? 0 : errno;
  bool left = false;
  int problem = remove_entries(folder, last, 0);
  if (problem == 0 && last != nullptr) problem = remove_entry(folder, last, 0, left);
  if (folder >= 0) ::close(folder);
  if (problem != 0) return problem;
  return ::rmdir(path) == 0 || errno == ENOENT ? 0 : errno;
}

}  // namespace

int remove_tree(const char* path, const char* last) noexcept {
  // Another thread may still make files there, and a network file system may have a bad moment.
  constexpr int kAttempts = 4;
  int problem = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    problem = remove_once(path, last);
    if (problem == 0) return 0;
  }
  return problem;
}

}  // namespace splitscope
