#include "harness/record/page_cache.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace splitscope::record {
namespace {

namespace fs = std::filesystem;

// Same on every architecture since it was added; headers of Debian 12 do not name it.
#ifdef SYS_cachestat
constexpr long kCachestat = SYS_cachestat;
#else
constexpr long kCachestat = 451;
#endif

// linux/mman.h: struct cachestat_range and struct cachestat.
struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;  // 0: to the end
};
struct Cachestat {
  std::uint64_t cached, dirty, writeback, evicted, recently_evicted;  // pages
};

std::uint64_t page_bytes() noexcept {
  static const auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

constexpr int kMaxDepth = 8;

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at.depth() >= kMaxDepth) at.disable_recursion_pending();
    std::error_code ignored;
    if (at->is_regular_file(ignored)) files.push_back(at->path().string());
  }
  return files;
}

}  // namespace

CachedFiles::CachedFiles(const std::vector<std::string>& files) {
  fds_.reserve(files.size());
  for (const std::string& file : files) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
      fds_.push_back(fd);
    } else if (open_error_ == 0) {
      open_error_ = errno;
      unopened_ = file;
    }
  }
}

CachedFiles::~CachedFiles() {
  for (const int fd : fds_) ::close(fd);
}

std::optional<std::uint64_t> CachedFiles::bytes() const noexcept {
  if (open_error_ != 0) return std::nullopt;
  std::uint64_t pages = 0;
  for (const int fd : fds_) {
    Range range;
    Cachestat found{};
    if (::syscall(kCachestat, fd, &range, &found, 0U) != 0) return std::nullopt;
    pages += found.cached;
  }
  return pages * page_bytes();
}

std::string CachedFiles::absent_because() const {
  if (open_error_ != 0) return "cannot open " + unopened_ + ": " + std::strerror(open_error_);
  return "the kernel does not tell (cachestat, since Linux 6.5, for files that one may write)";
}

PageCacheRecorder::PageCacheRecorder(const std::vector<std::string>& inputs,
                                     std::string output_folder)
    : has_inputs_(!inputs.empty()), inputs_(inputs), output_folder_(std::move(output_folder)) {}

void PageCacheRecorder::start() { open_bytes_ = inputs_.bytes(); }

void PageCacheRecorder::read() noexcept { end_bytes_ = inputs_.bytes(); }

Measures PageCacheRecorder::build() const {
  const std::string why =
      has_inputs_ ? inputs_.absent_because() : std::string("the workload has no input");
  const auto put = [&](const char* key, const std::optional<std::uint64_t>& value) {
    return value && has_inputs_ ? Measure::of(key, *value) : Measure::absent(key, why);
  };
  Measures measures{put("input_cached_open_bytes", open_bytes_),
                    put("input_cached_end_bytes", end_bytes_)};
  const std::vector<std::string> files =
      output_folder_.empty() ? std::vector<std::string>() : files_below(output_folder_);
  const CachedFiles outputs(files);
  const auto written = outputs.bytes();
  measures.push_back(
      files.empty() ? Measure::absent("output_cached_end_bytes", "the workload wrote no file")
      : written     ? Measure::of("output_cached_end_bytes", *written)
                    : Measure::absent("output_cached_end_bytes", outputs.absent_because()));
  return measures;
}

}  // namespace splitscope::record
