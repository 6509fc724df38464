#include "harness/run/cache_state.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/open_restarting.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path)
      : path_(path), fd_(open_restarting(path.c_str(), O_RDONLY)) {
    if (fd_ < 0) fail("cannot open");
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint64_t size() const {
    struct stat info {};
    if (fstat(fd_, &info) != 0) fail("cannot stat");
    return static_cast<std::uint64_t>(info.st_size);
  }
  [[noreturn]] void fail(const char* what) const {
    throw std::system_error(errno, std::generic_category(),
                            std::string(what) + " " + path_.string());
  }

 private:
  fs::path path_;
  int fd_;
};

void read_through(const fs::path& path) {
  const OpenFile file(path);
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t got = read(file.fd(), buffer.data(), buffer.size());
    if (got == 0) return;
    if (got < 0 && errno != EINTR) file.fail("cannot read");
  }
}

void drop(const fs::path& path) {
  const OpenFile file(path);
  // Dirty pages cannot be dropped, and a freshly generated input is dirty.
  fdatasync(file.fd());
  posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
}

}  // namespace

std::vector<fs::path> files_of(const fs::path& input) {
  if (!fs::is_directory(input)) return {input};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(input)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::uint64_t total_size(const std::vector<fs::path>& inputs) {
  std::uint64_t total = 0;
  for (const fs::path& input : inputs) {
    for (const fs::path& file : files_of(input)) total += fs::file_size(file);
  }
  return total;
}

std::uint64_t cached_bytes(const fs::path& path) {
  const OpenFile file(path);
  const std::uint64_t size = file.size();
  if (size == 0) return 0;
  void* map = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.fd(), 0);
  if (map == MAP_FAILED) file.fail("cannot map");
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((size + page - 1) / page);
  const int asked = mincore(map, size, pages.data());
  munmap(map, size);
  if (asked != 0) file.fail("cannot ask for the cached pages of");
  const auto in_cache =
      std::count_if(pages.begin(), pages.end(), [](unsigned char p) { return (p & 1U) != 0; });
  return std::min(size, static_cast<std::uint64_t>(in_cache) * page);
}

std::optional<std::string> set_cache_state(const std::vector<fs::path>& inputs, CacheState state) {
  std::uint64_t left = 0;
  for (const fs::path& input : inputs) {
    for (const fs::path& file : files_of(input)) {
      if (state == CacheState::kWarm) {
        read_through(file);
      } else {
        drop(file);
        left += cached_bytes(file);
      }
    }
  }
  if (left == 0) return std::nullopt;
  return std::to_string(left) +
         " bytes of the inputs stayed in the page cache: the file system or another process that "
         "maps them holds on to them";
}

}  // namespace splitscope::run
