#include "base/output_place.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "base/file_error.h"
#include "base/folder_entries.h"
#include "base/same_file.h"
#include "base/sync.h"

namespace splitscope {

namespace fs = std::filesystem;

namespace {

// As the kernel has it when it follows links (MAXSYMLINKS).
constexpr int kMostLinks = 40;

std::string shown(const fs::path& path) { return path.empty() ? "(no name)" : path.string(); }

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  return "no regular file";
}

/// "out/" and "out" are the same folder; renaming needs its last name.
fs::path without_trailing_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

void check_name(const fs::path& path, const char* wanted) {
  if (path.has_filename() && path.filename() != "." && path.filename() != "..") return;
  throw UsageError(shown(path) + ": name " + wanted + " to write");
}

/// The place that a chain of symbolic links leads to, which need not exist.
fs::path behind_links(const fs::path& path) {
  fs::path place = path;
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code error;
    if (!fs::is_symlink(fs::symlink_status(place, error))) return place;
    const fs::path target = fs::read_symlink(place, error);
    if (error) throw FileError("open", place, error.value());
    place = target.is_absolute() ? target : place.parent_path() / target;
  }
  throw FileError("open", path, ELOOP);
}

void refuse_inputs(const fs::path& target, const std::optional<FileIdentity>& identity,
                   std::span<const fs::path> inputs) {
  if (!identity) return;
  for (const fs::path& input : inputs) {
    if (const auto same = find_same_file(*identity, input)) {
      throw UsageError(shown(target) + ": is the input " + same->string() +
                       "; name another output");
    }
  }
}

/// Whether nothing can be renamed or removed there, not even by root (chattr +i, +a).
bool is_frozen(const fs::path& path) {
  const int fd = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  int flags = 0;
  const bool known = ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
  ::close(fd);
  return known && (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0;
}

void refuse_frozen(const fs::path& path) {
  if (!is_frozen(path)) return;
  throw UsageError(shown(path) +
                   ": is immutable or append-only (lsattr shows it), so that nothing "
                   "can be replaced there; name another output");
}

/// Names of what a folder holds; nothing but regular files was made by us.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!fs::is_regular_file(entry.symlink_status())) {
      throw UsageError(entry.path().string() +
                       ": is no plain file, so its folder is not replaced; remove it yourself or "
                       "name another output");
    }
    refuse_frozen(entry.path());
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> all_names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool exchange(const fs::path& a, const fs::path& b) {
  return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
}

/// Signals that ask for an end wait: half-way between two renames is no place to stop.
class SignalsWait {
 public:
  SignalsWait() noexcept {
    sigset_t waiting;
    sigemptyset(&waiting);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&waiting, signal);
    pthread_sigmask(SIG_BLOCK, &waiting, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_;
};

bool is_unsupported(int error) { return error == EINVAL || error == ENOSYS || error == ENOTSUP; }

}  // namespace

struct OutputPlace::State {
  State(fs::path the_target, fs::path the_place, const fs::path& parent, const fs::path& below)
      : target(std::move(the_target)),
        place(std::move(the_place)),
        staging(parent),
        parent_of_first(parent),
        first(*below.begin()),
        path(staging.path() / below) {}

  void commit_file(Sync sync);
  void commit_folder(Sync sync);
  void replace_folder();

  fs::path target;
  /// Behind the links of the target.
  fs::path place;
  Staging staging;
  fs::path parent_of_first;
  /// What commit() renames: the output, or the uppermost folder on the way that was missing.
  fs::path first;
  fs::path path;
  bool is_folder = false;
  OldFolder old = OldFolder::kRefuse;
  std::function<bool(const fs::path&)> is_like_ours;
  /// Mode of what stands there already.
  std::optional<mode_t> mode;
};

OutputPlace::OutputPlace(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputPlace::OutputPlace(OutputPlace&&) noexcept = default;
OutputPlace::~OutputPlace() = default;

const fs::path& OutputPlace::path() const noexcept { return state_->path; }

OutputPlace OutputPlace::for_file(const fs::path& target, std::span<const fs::path> inputs) {
  check_name(target, "a file");
  const auto identity = identity_of(target);
  if (identity && !S_ISREG(identity->mode)) {
    throw UsageError(shown(target) + ": is " + kind_of(identity->mode) +
                     "; name a regular file or a new one");
  }
  refuse_inputs(target, identity, inputs);
  const fs::path place = behind_links(target);
  const auto behind = identity_of(place);
  if (identity.has_value() != behind.has_value() || (identity && !identity->is_same(*behind))) {
    throw UsageError(shown(target) + ": cannot be replaced under that name; name the file itself");
  }
  refuse_frozen(place.parent_path());
  if (identity) refuse_frozen(place);
  auto state = std::make_unique<State>(target, place, place.parent_path(), place.filename());
  if (identity) state->mode = identity->mode & 07777U;
  return OutputPlace(std::move(state));
}

OutputPlace OutputPlace::for_folder(const fs::path& wanted, std::span<const fs::path> inputs,
                                    OldFolder old,
                                    std::function<bool(const fs::path&)> is_like_ours) {
  const fs::path target = without_trailing_slash(wanted);
  check_name(target, "a folder");
  const auto identity = identity_of(target);
  if (identity && !S_ISDIR(identity->mode)) {
    throw UsageError(shown(target) + ": exists and is no folder; name another output");
  }
  if (identity) {
    for (const fs::path& input : inputs) {
      const auto own = identity_of(input);
      if (lies_in(input, *identity) || (own && find_same_file(*own, target))) {
        throw UsageError(shown(target) + ": holds the input " + input.string() +
                         "; name another output");
      }
    }
    if (old == OldFolder::kReplace) {
      (void)names_in(target);
    } else if (!fs::is_empty(target)) {
      throw UsageError(shown(target) + ": the folder is not empty; name another output");
    }
  }
  const fs::path place = behind_links(target);
  // Folders on the way that are not there yet come into being with the output, in the same rename.
  fs::path parent = place.parent_path();
  fs::path below = place.filename();
  while (!parent.empty() && !identity_of(parent)) {
    below = parent.filename() / below;
    parent = parent.parent_path();
  }
  refuse_frozen(parent);
  if (identity) refuse_frozen(place);
  auto state = std::make_unique<State>(target, place, parent, below);
  state->is_folder = true;
  state->old = old;
  state->is_like_ours = std::move(is_like_ours);
  if (identity) state->mode = identity->mode & 07777U;
  fs::create_directories(state->path.parent_path());
  return OutputPlace(std::move(state));
}

void OutputPlace::State::commit_file(Sync sync) {
  if (mode && ::chmod(path.c_str(), *mode) != 0) throw FileError("set the mode of", place, errno);
  if (sync == Sync::kYes) sync_file(path);
  // Something else may have come to the place in the meantime.
  const auto now = identity_of(place);
  if (now && !S_ISREG(now->mode)) {
    throw UsageError(shown(target) + ": became " + kind_of(now->mode) + " while it was written");
  }
  if (std::rename(path.c_str(), place.c_str()) != 0) throw FileError("replace", target, errno);
  if (sync == Sync::kYes) sync_folder(place.parent_path());
}

/// Two that make the same new folder at once: each makes all of it, so the last one may stay.
void OutputPlace::State::replace_folder() {
  if (old == OldFolder::kReplace) {
    (void)names_in(place);
  } else if (all_names_in(place) != all_names_in(path) && !(is_like_ours && is_like_ours(place))) {
    throw UsageError(shown(target) + ": the folder is not empty any more; name another output");
  }
  if (exchange(path, place)) return;
  if (!is_unsupported(errno)) throw FileError("replace", target, errno);
  // Without the exchange the old one steps aside, and comes back when the new one cannot come.
  const fs::path aside = staging.path().parent_path() / "old";
  const SignalsWait in_one_go;
  staging.protect();
  int error = 0;
  if (std::rename(place.c_str(), aside.c_str()) != 0) {
    error = errno;
  } else if (std::rename(path.c_str(), place.c_str()) != 0) {
    error = errno;
    if (std::rename(aside.c_str(), place.c_str()) != 0) {
      throw FileError("put back", target, errno, "it lies at " + aside.string());
    }
  }
  staging.unprotect();
  if (error != 0) throw FileError("replace", target, error);
}

void OutputPlace::State::commit_folder(Sync sync) {
  if (mode && ::chmod(path.c_str(), *mode) != 0) throw FileError("set the mode of", place, errno);
  if (sync == Sync::kYes) sync_folder_with_files(path);
  // The uppermost folder that was missing carries the others with it.
  const fs::path& parent = parent_of_first;
  if (std::rename((staging.path() / first).c_str(), (parent / first).c_str()) == 0) {
    if (sync == Sync::kYes) sync_folder(parent);
    return;
  }
  if (errno != EEXIST && errno != ENOTEMPTY) throw FileError("make", target, errno);
  if (place.parent_path() != parent) {
    fs::create_directories(place.parent_path());
    if (std::rename(path.c_str(), place.c_str()) == 0) {
      if (sync == Sync::kYes) sync_folder(place.parent_path());
      return;
    }
    if (errno != EEXIST && errno != ENOTEMPTY) throw FileError("make", target, errno);
  }
  replace_folder();
  if (sync == Sync::kYes) sync_folder(place.parent_path());
}

void OutputPlace::commit(Sync sync) {
  if (state_->is_folder) {
    state_->commit_folder(sync);
  } else {
    state_->commit_file(sync);
  }
  state_->staging.remove();
}

void write_whole_file(const fs::path& target, std::string_view content, Sync sync) {
  OutputPlace place = OutputPlace::for_file(target, {});
  write_new_file(place.path(), content);
  place.commit(sync);
}

}  // namespace splitscope
