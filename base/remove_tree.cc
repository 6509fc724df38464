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

int remove_entries(int folder, const char* keep, int depth) noexcept;

int remove_entry(int folder, const char* name, int depth) noexcept {
  if (::unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return errno;
  const int inner = ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner < 0) return errno == ENOENT ? 0 : errno;
  const int problem = remove_entries(inner, nullptr, depth + 1);
  ::close(inner);
  if (problem != 0) return problem;
  return ::unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

int remove_entries(int folder, const char* keep, int depth) noexcept {
  if (depth > kDeepest) return ELOOP;
  int problem = 0;
  // What is removed while a folder is read may hide its neighbours: read it until it is empty.
  for (bool found = true; found && problem == 0;) {
    found = false;
    const int error = for_each_entry(folder, [&](const char* name) {
      if (keep != nullptr && std::strcmp(name, keep) == 0) return true;
      found = true;
      problem = remove_entry(folder, name, depth);
      return problem == 0;
    });
    if (error != 0) return error;
  }
  return problem;
}

int remove_once(const char* path, const char* last) noexcept {
  const int folder = ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return errno == ENOENT ? 0 : errno;
  int problem = remove_entries(folder, last, 0);
  if (problem == 0 && last != nullptr) problem = remove_entry(folder, last, 0);
  ::close(folder);
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
