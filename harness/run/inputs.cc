#include "harness/run/inputs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/errors.h"
#include "base/size_text.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

// Part of the folder's name: raised when the generator makes other bytes from the same spec.
constexpr int kGeneratorVersion = 2;
constexpr std::uint64_t kUsualSeed = 42;

// Held while a data set is made, so that two runs do not make it twice.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& file)
      : fd_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0 || flock(fd_, LOCK_EX) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot lock " + file.string());
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { close(fd_); }

 private:
  int fd_;
};

}  // namespace

std::string InputSpec::label() const {
  std::string text = profile + "-";
  if (count != 1) text += std::to_string(count) + "x";
  text += format_size(size_bytes);
  if (seed != kUsualSeed) text += "-s" + std::to_string(seed);
  return text;
}

std::vector<fs::path> InputSet::of_kind(InputKind kind) const {
  switch (kind) {
    case InputKind::kNone:
      return {};
    case InputKind::kIndex:
      return {indexes.at(0)};
    case InputKind::kSplit:
      return {splits.at(0)};
    case InputKind::kSplits:
      return splits;
  }
  return {};
}

fs::path InputCache::place_of(const InputSpec& spec) const {
  return folder_ / (spec.label() + ".v" + std::to_string(kGeneratorVersion));
}

bool InputCache::has(const InputSpec& spec) const { return fs::is_directory(place_of(spec)); }

InputSet InputCache::get(const InputSpec& spec) const {
  const fs::path place = place_of(spec);
  if (!fs::is_directory(place)) {
    if (!generate_) throw UsageError("this build cannot generate inputs; give --input FILE");
    fs::create_directories(folder_);
    const FolderLock lock(folder_ / "lock");
    if (!fs::is_directory(place)) {
      fs::path part = place;
      part += ".part";
      fs::remove_all(part);
      fs::create_directories(part);
      try {
        generate_(spec, part);
      } catch (...) {
        std::error_code ignored;
        fs::remove_all(part, ignored);
        throw;
      }
      fs::rename(part, place);
    }
  }
  InputSet set;
  for (int i = 0; i < spec.count; ++i) {
    set.indexes.push_back(place / ("index-" + std::to_string(i)));
    set.splits.push_back(place / ("split-" + std::to_string(i) + ".split"));
  }
  return set;
}

fs::path default_cache_folder() {
  const char* set = std::getenv("SPLITSCOPE_CACHE");
  return set != nullptr && *set != '\0' ? fs::path(set) : fs::path(".cache/splitscope");
}

}  // namespace splitscope::run
