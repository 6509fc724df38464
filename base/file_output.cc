#include "base/file_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "base/file_error.h"

namespace splitscope {
namespace {

void check_replaceable(const std::filesystem::path& path) {
  if (!path.has_filename() || path.filename() == "." || path.filename() == "..") {
    throw FileError("create", path, EISDIR);
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  if (S_ISDIR(status.st_mode)) throw FileError("create", path, EISDIR);
  // The rename would put a plain file in the place of a device or a pipe.
  if (!S_ISREG(status.st_mode)) throw FileError("create", path, EINVAL, "not a regular file");
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> sequence{0};
  // A file name has at most 255 bytes: leaves room for the dot and the suffix.
  constexpr std::size_t kNameBytes = 200;
  // Of fixed width, because the length of a name shows in heap figures. Seven digits hold every
  // pid.
  std::array<char, 32> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ".tmp-%07d-%05u", ::getpid(),
                sequence.fetch_add(1, std::memory_order_relaxed) % 100'000U);
  std::string name = ".";
  name += path.filename().native().substr(0, kNameBytes);
  name += suffix.data();
  return path.parent_path() / name;
}

}  // namespace

FileOutput::FileOutput(const std::filesystem::path& path) : path_(path) {
  check_replaceable(path);
  // A name can be taken only by the remains of a killed process that had the same id.
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    temporary_ = temporary_name(path);
    do {
      descriptor_ =
          ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ >= 0) return;
    if (errno != EEXIST) break;
  }
  throw FileError("create", path, errno);
}

FileOutput::~FileOutput() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void FileOutput::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      throw FileError("write", path_, errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void FileOutput::commit() {
  // Some file systems report a full disk only here.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
    throw FileError("write", path_, errno);
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) throw FileError("create", path_, errno);
  temporary_.clear();
}

void WindowedOutput::append(std::span<const std::byte> bytes) {
  if (bytes.size() > window_.size() - used_) {
    flush();
    if (bytes.size() >= window_.size()) {
      file_.write(bytes);
      return;
    }
  }
  if (bytes.empty()) return;
  std::memcpy(window_.data() + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
}

void WindowedOutput::flush() { file_.write(window_.first(std::exchange(used_, 0))); }

void WindowedOutput::commit() {
  flush();
  file_.commit();
}

}  // namespace splitscope
