#include "strategies/io/mapped_file.h"

#include <sys/stat.h>

#include <cerrno>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>

#include "base/file_error.h"

namespace splitscope::strategies {
namespace {

namespace ipc = boost::interprocess;

// Before the mapping is opened: a folder cannot be mapped, and opening a named pipe would wait.
void check_regular(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw FileError("open", path, errno);
  if (S_ISDIR(status.st_mode)) throw FileError("open", path, EISDIR);
  if (!S_ISREG(status.st_mode)) throw FileError("open", path, EINVAL, "not a regular file");
}

// Boost's own does not go on after a signal.
ipc::file_mapping open_mapping(const char* name) {
  for (;;) {
    try {
      return {name, ipc::read_only};
    } catch (const ipc::interprocess_exception& error) {
      if (error.get_native_error() != EINTR) throw;
    }
  }
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : name_(path.native()) {
  check_regular(path);
  const char* action = "open";
  try {
    const ipc::file_mapping file = open_mapping(name_.c_str());
    action = "map";
    struct stat status {};
    if (::fstat(file.get_mapping_handle().handle, &status) != 0) {
      throw FileError("open", path, errno);
    }
    if (status.st_size == 0) return;
    ipc::mapped_region(file, ipc::read_only, 0, static_cast<std::size_t>(status.st_size))
        .swap(region_);
  } catch (const ipc::interprocess_exception& error) {
    throw FileError(action, path, error.get_native_error());
  }
  watch_.emplace(region_.get_address(), region_.get_size(), name_.c_str());
}

MappedFile::Pointer MappedFile::open(const std::filesystem::path& path) {
  return {new MappedFile(path)};
}

Bytes MappedFile::view(std::uint64_t offset, std::size_t length) noexcept {
  if (length == 0) return {};
  intrusive_ptr_add_ref(this);
  return {data() + offset, length, this};
}

void MappedFile::advise(Advice advice) noexcept {
  if (size() > 0) region_.advise(advice);
}

void MappedFile::release(const std::byte* /*data*/, std::size_t /*size*/) noexcept {
  intrusive_ptr_release(this);
}

}  // namespace splitscope::strategies
