#include "base/input_identity.h"
#include "base/shown_name.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string>
#include <utility>

#include "base/file_error.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
// The longest tick of a Linux clock (100 Hz): times of files are not finer than that.
constexpr std::int64_t kTickNanos = 10'000'000;

std::int64_t nanos(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanosPerSecond + time.tv_nsec;
}

struct stat status_of(const fs::path& path) {
  struct stat status {};
  int result = 0;
  do {
    result = ::stat(path.c_str(), &status);
  } while (result != 0 && errno == EINTR);
  if (result != 0) throw FileError("open", path, errno);
  return status;
}

// A second write in the tick of the first one leaves the times as they are.
bool is_fresh(const struct stat& status) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age = nanos(now) - nanos(status.st_ctim);
  return age >= 0 && age < kTickNanos;
}

void wait_for_a_tick() {
  timespec rest{0, kTickNanos};
  while (::nanosleep(&rest, &rest) != 0 && errno == EINTR) {
  }
}

std::vector<fs::path> names_in(const fs::path& folder, const InputIdentity::Belongs& belongs) {
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    fs::path name = at->path().filename();
    std::error_code gone;
    if (belongs(name.native()) && at->is_regular_file(gone)) names.push_back(std::move(name));
  }
  if (error) throw FileError("read", folder, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

std::string difference(const struct stat& before, const struct stat& now) {
  if (before.st_dev != now.st_dev || before.st_ino != now.st_ino) {
    return "it was replaced by another file";
  }
  if (before.st_size != now.st_size) {
    return "it had " + std::to_string(before.st_size) + " bytes and has " +
           std::to_string(now.st_size) + " now";
  }
  if (nanos(before.st_mtim) != nanos(now.st_mtim)) return "it was written to";
  if (nanos(before.st_ctim) != nanos(now.st_ctim)) return "its content or attributes were changed";
  return {};
}

[[noreturn]] void throw_changed(const fs::path& path, const std::string& how) {
  throw ChangedFile(shown_path(path) + ": changed while it was read: " + how +
                    "; nothing was made of it, try again once nobody writes to it");
}

}  // namespace

void InputIdentity::add_file(const fs::path& path) {
  struct stat status = status_of(path);
  if (is_fresh(status)) {
    wait_for_a_tick();
    status = status_of(path);
  }
  files_.push_back({path, status});
}

void InputIdentity::add_folder(const fs::path& folder, Belongs belongs) {
  auto names = names_in(folder, belongs);
  for (const fs::path& name : names) add_file(folder / name);
  folders_.push_back({folder, std::move(belongs), std::move(names)});
}

void InputIdentity::check_unchanged() const {
  for (const File& file : files_) {
    struct stat now {};
    int result = 0;
    do {
      result = ::stat(file.path.c_str(), &now);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
      if (errno == ENOENT || errno == ENOTDIR) throw_changed(file.path, "it was removed");
      throw FileError("open", file.path, errno);
    }
    if (const std::string how = difference(file.status, now); !how.empty()) {
      throw_changed(file.path, how);
    }
  }
  for (const Folder& folder : folders_) {
    for (const fs::path& name : names_in(folder.path, folder.belongs)) {
      if (!std::binary_search(folder.names.begin(), folder.names.end(), name)) {
        throw_changed(folder.path / name, "it was not there before");
      }
    }
  }
}

}  // namespace splitscope
