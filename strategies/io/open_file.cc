#include "strategies/io/open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/errors.h"
#include "base/file_error.h"

namespace splitscope::strategies {

OpenFile::OpenFile(const std::filesystem::path& path) : name_(path.native()) {
  // O_NONBLOCK: a named pipe must be refused below, not waited for.
  do {
    descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  } while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) throw FileError("open", path, errno);
  struct stat status {};
  int error = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  const bool other_kind = error == 0 && !S_ISREG(status.st_mode);
  if (error != 0 || other_kind) {
    ::close(descriptor_);
    if (other_kind) throw FileError("open", path, EINVAL, "not a regular file");
    throw FileError("open", path, error);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

OpenFile::~OpenFile() { ::close(descriptor_); }

void OpenFile::check(std::uint64_t offset, std::uint64_t length) const {
  check_range(name_, offset, length, size_);
}

void OpenFile::read_exact(std::uint64_t offset, std::span<std::byte> target,
                          AccessCounters& counters) const {
  std::size_t done = 0;
  while (done < target.size()) {
    const ssize_t count = ::pread(descriptor_, target.data() + done, target.size() - done,
                                  static_cast<off_t>(offset + done));
    counters.read_syscalls.fetch_add(1, std::memory_order_relaxed);
    if (count < 0) {
      if (errno == EINTR) continue;
      throw FileError("read", name_ + " at byte " + std::to_string(offset + done), errno);
    }
    if (count == 0) throw_truncated(offset, target.size(), done);
    done += static_cast<std::size_t>(count);
    counters.count_copied(static_cast<std::uint64_t>(count));
  }
}

void OpenFile::throw_truncated(std::uint64_t offset, std::uint64_t expected_bytes,
                               std::uint64_t found_bytes) const {
  throw TruncatedFile(shown_name(name_) + ": at byte " + std::to_string(offset) + ": expected " +
                      std::to_string(expected_bytes) + " bytes, found " +
                      std::to_string(found_bytes) + "; the file had " + std::to_string(size_) +
                      " bytes when it was opened and became shorter since");
}

}  // namespace splitscope::strategies
