#include "harness/run/inputs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "base/death.h"
#include "base/digest.h"
#include "base/environment.h"
#include "base/errors.h"
#include "base/file_error.h"
#include "base/open_restarting.h"
#include "base/printable.h"
#include "base/size_text.h"
#include "base/staging.h"
#include "harness/run/input_manifest.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kUsualSeed = 42;
// Digits of a key in a folder's name: enough that two never meet.
constexpr std::size_t kKeyDigits = 16;

// Held while a data set is made, so that two runs do not make it twice. Whoever waits for it can be
// interrupted.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& file)
      : fd_(open_restarting(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw FileError("open", file, errno);
    try {
      while (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) throw FileError("lock", file, errno);
        throw_if_dying();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    } catch (...) {
      close(fd_);
      throw;
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { close(fd_); }

 private:
  int fd_;
};

// The new set takes the old one's place, and the old one goes with the staging.
void put_in_place(const fs::path& made, const fs::path& place) {
  if (renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return;
  fs::path aside = made;
  aside += ".old";
  if (rename(place.c_str(), aside.c_str()) != 0 && errno != ENOENT) {
    throw FileError("rename", place, errno);
  }
  if (rename(made.c_str(), place.c_str()) != 0) throw FileError("rename", place, errno);
}

}  // namespace

std::string InputSpec::label() const {
  std::string text = profile + "-";
  if (count != 1) text += std::to_string(count) + "x";
  text += format_size(size_bytes);
  if (seed != kUsualSeed) text += "-s" + std::to_string(seed);
  return text;
}

std::vector<fs::path> InputSet::for_workload(workloads::WorkloadInput input) const {
  switch (input) {
    case workloads::WorkloadInput::kNone:
      return {};
    case workloads::WorkloadInput::kIndex:
      return {indexes.at(0)};
    case workloads::WorkloadInput::kSplit:
      return {splits.at(0)};
    case workloads::WorkloadInput::kSplits:
      return splits;
  }
  return {};
}

std::string InputCache::key_of(const InputSpec& spec) const {
  FieldDigest digest;
  digest.add_field(spec.label());
  digest.add_field(source_(spec));
  return digest.hex();
}

fs::path InputCache::place_of(const InputSpec& spec, const std::string& key) const {
  return folder_ / (spec.label() + "." + key.substr(0, kKeyDigits));
}

std::string InputCache::checked(const fs::path& place, const std::string& key) {
  if (!fs::is_directory(fs::symlink_status(place))) {
    if (fs::exists(fs::symlink_status(place))) {
      throw UsageError(printable(place.native()) +
                       ": is in the way of a generated input; move it or name another --cache-dir");
    }
    return {};
  }
  const auto manifest = read_manifest(place);
  if (!manifest || manifest->key != key) {
    throw UsageError(printable(place.native()) +
                     ": has no manifest of ours, so it is neither used nor replaced; move it or "
                     "name another --cache-dir");
  }
  const auto changed = difference(place, *manifest);
  if (!changed) return manifest->digest();
  if (const auto stranger = stranger_in(place, *manifest)) {
    throw UsageError(printable(place.native()) + ": holds " + *stranger +
                     ", which is not ours; move it away or name another --cache-dir");
  }
  note("the generated input " + printable(place.filename().native()) +
       " was changed since it was made (" + *changed + "); making it anew");
  return {};
}

std::string InputCache::make(const InputSpec& spec, const fs::path& place, const std::string& key) {
  if (!generate_) throw UsageError("this build cannot generate inputs; give --input FILE");
  note("generating " + spec.label());
  Staging staging(folder_);
  const fs::path made = staging.path() / "set";
  fs::create_directory(made);
  generate_(spec, made);
  // The generator has read the profile on its own.
  if (key_of(spec) != key) {
    throw UsageError("profile '" + spec.profile + "' was changed while inputs were made from it");
  }
  const Manifest manifest = manifest_of(made, key);
  write_manifest(made, manifest);
  put_in_place(made, place);
  return manifest.digest();
}

InputSet InputCache::get(const InputSpec& spec) {
  const std::string key = key_of(spec);
  const fs::path place = place_of(spec, key);
  std::string& digest = digests_[key];
  if (digest.empty()) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw FileError("create", folder_, error.value());
    // Under the lock, so that nobody replaces what is being checked.
    const FolderLock lock(folder_ / "lock");
    digest = checked(place, key);
    if (digest.empty()) digest = make(spec, place, key);
  }
  InputSet set;
  set.digest = digest;
  for (int i = 0; i < spec.count; ++i) {
    set.indexes.push_back(place / ("index-" + std::to_string(i)));
    set.splits.push_back(place / ("split-" + std::to_string(i) + ".split"));
  }
  return set;
}

fs::path default_cache_folder() {
  return environment::value_of(environment::kCache).value_or(".cache/splitscope");
}

}  // namespace splitscope::run
