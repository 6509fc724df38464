#include "base/sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_error.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, mode_t mode, const char* action) {
    do {
      fd_ = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode);
    } while (fd_ < 0 && errno == EINTR);
    if (fd_ < 0) throw FileError(action, path, errno);
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }
  /// Some file systems report a full disk only here.
  [[nodiscard]] bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0 || errno == EINTR;
  }

 private:
  int fd_ = -1;
};

bool sync(int fd) {
  int result = 0;
  do {
    result = ::fsync(fd);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

}  // namespace

void sync_file(const fs::path& file) {
  const Descriptor descriptor(file, O_RDONLY, 0, "sync");
  if (!sync(descriptor.get())) throw FileError("sync", file, errno);
}

void sync_folder(const fs::path& folder) {
  const fs::path path = folder.empty() ? "." : folder;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  // One may be allowed to make names in a folder that one may not read.
  if (fd < 0 && errno == EACCES) return;
  if (fd < 0) throw FileError("sync", path, errno);
  const bool done = sync(fd) || errno == EINVAL || errno == ENOTSUP;
  const int error = errno;
  ::close(fd);
  if (!done) throw FileError("sync", path, error);
}

void sync_folder_with_files(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && !entry.is_symlink()) {
      sync_folder_with_files(entry.path());
    } else if (entry.is_regular_file() && !entry.is_symlink()) {
      sync_file(entry.path());
    }
  }
  sync_folder(folder);
}

void write_new_file(const fs::path& file, std::string_view content) {
  Descriptor descriptor(file, O_WRONLY | O_CREAT | O_EXCL, 0666, "create");
  while (!content.empty()) {
    const ssize_t count = ::write(descriptor.get(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw FileError("write", file, errno);
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (!descriptor.close()) throw FileError("write", file, errno);
}

}  // namespace splitscope
