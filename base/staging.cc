#include "base/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/file_error.h"
#include "base/folder_entries.h"
#include "base/remove_tree.h"
#include "base/staging_registry.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 16;
// What is made lies in a folder of its own, so that the lock is never part of it.
constexpr const char* kMadeFolder = "made";
// The lock's name while the folder must not be taken for one of ours.
constexpr const char* kProtectedLock = "protected";
// These bits of the name depend on its others, so that the name alone tells ours from a chance.
constexpr std::uint64_t kCheckMask = 0xffff;

struct Entered {
  std::atomic<const char*> path{nullptr};
  /// -1: none.
  std::array<std::atomic<int>, 2> held{-1, -1};
};

// More than any process has at once.
std::array<Entered, 64> g_entered;

std::uint64_t with_check(std::uint64_t random) {
  // The multiplier of Knuth's MMIX generator; any odd one mixes well enough.
  const std::uint64_t free = random & ~kCheckMask;
  return free | ((free * 6364136223846793005U) >> 48U & kCheckMask);
}

std::array<char, kDigits + 1> hexadecimal(std::uint64_t value) {
  std::array<char, kDigits + 1> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::uint64_t random_number() {
  std::uint64_t value = 0;
  if (::getrandom(&value, sizeof(value), 0) == static_cast<ssize_t>(sizeof(value))) return value;
  // Exclusive creation makes up for a poor number.
  static std::atomic<std::uint64_t> sequence{0};
  return (static_cast<std::uint64_t>(::getpid()) << 32U) + (sequence.fetch_add(1) << 16U);
}

bool has_our_name(const char* name) {
  if (std::strncmp(name, kStagingPrefix.data(), kStagingPrefix.size()) != 0) return false;
  const char* const digits = name + kStagingPrefix.size();
  return std::strlen(digits) == kDigits && std::strspn(digits, "0123456789abcdef") == kDigits;
}

bool is_checked_name(const char* name) {
  const std::uint64_t value = std::strtoull(name + kStagingPrefix.size(), nullptr, 16);
  return with_check(value) == value;
}

// What the lock file of a folder says.
std::array<char, 64> mark_of(const struct stat& folder) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "splitscope %llu:%llu\n",
                static_cast<unsigned long long>(folder.st_dev),
                static_cast<unsigned long long>(folder.st_ino));
  return text;
}

bool is_marked(int lock, const struct stat& folder) {
  const auto expected = mark_of(folder);
  std::array<char, 64> found{};
  const ssize_t got = ::pread(lock, found.data(), found.size() - 1, 0);
  return got > 0 && std::strcmp(found.data(), expected.data()) == 0;
}

// A maker that died between mkdir and its mark leaves an empty folder: nothing can be lost with it.
void remove_if_dead(int parent, const char* name, const fs::path& path) noexcept {
  const int folder = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return;
  struct stat status {};
  const bool own = ::fstat(folder, &status) == 0 && status.st_uid == ::geteuid();
  const int lock =
      own ? ::openat(folder, kStagingLock.data(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
          : -1;
  const bool no_lock = own && lock < 0 && errno == ENOENT;
  ::close(folder);
  if (no_lock && is_checked_name(name)) ::unlinkat(parent, name, AT_REMOVEDIR);
  if (lock < 0) return;
  if (::flock(lock, LOCK_EX | LOCK_NB) == 0 && is_marked(lock, status)) {
    try {
      remove_tree((path / name).c_str(), kStagingLock.data());
    } catch (const std::exception&) {
      // No memory for a name: the next one will do it.
    }
  }
  ::close(lock);
}

// Returns the locked and marked lock file of a new folder, or -1 and errno. Where nothing can be
// locked there is no mark either, so that nobody takes the folder for a dead one's.
int make_lock(const fs::path& path) {
  const fs::path file = path / kStagingLock;
  int lock = -1;
  do {
    lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  } while (lock < 0 && errno == EINTR);
  if (lock < 0) return -1;
  (void)::fchmod(lock, 0600);
  while (::flock(lock, LOCK_EX) != 0) {
    if (errno != EINTR) return lock;
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return lock;
  const auto mark = mark_of(status);
  const std::size_t length = std::strlen(mark.data());
  std::size_t done = 0;
  while (done < length) {
    const ssize_t count = ::write(lock, mark.data() + done, length - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      ::close(lock);
      errno = error;
      return -1;
    }
    done += static_cast<std::size_t>(count);
  }
  return lock;
}

}  // namespace

std::size_t enter_staging(const char* path) {
  for (std::size_t slot = 0; slot < g_entered.size(); ++slot) {
    const char* expected = nullptr;
    if (g_entered[slot].path.compare_exchange_strong(expected, path)) return slot;
  }
  throw std::length_error("more than 64 temporary folders at once");
}

void hold_for_removal(std::size_t slot, int first, int second) noexcept {
  g_entered[slot].held[0].store(first);
  g_entered[slot].held[1].store(second);
}

void close_held(std::size_t slot) noexcept {
  for (auto& held : g_entered[slot].held) {
    if (const int fd = held.exchange(-1); fd >= 0) ::close(fd);
  }
}

void leave_staging(std::size_t slot) noexcept {
  close_held(slot);
  g_entered[slot].path.store(nullptr);
}

void remove_entered_stagings() noexcept {
  for (std::size_t slot = 0; slot < g_entered.size(); ++slot) {
    const char* const path = g_entered[slot].path.exchange(nullptr);
    if (path == nullptr) continue;
    close_held(slot);
    remove_tree(path, kStagingLock.data());
  }
}

void remove_dead_stagings(const fs::path& parent) noexcept {
  const int folder =
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  (void)for_each_entry(folder, [&](const char* name) {
    if (has_our_name(name)) remove_if_dead(folder, name, parent);
    return true;
  });
  ::close(folder);
}

Staging::Staging(const fs::path& parent) {
  remove_dead_stagings(parent);
  // One is taken by a folder that has the name by chance, one may be swept before it is locked.
  constexpr int kAttempts = 100;
  const auto fail = [&](int error) {
    throw FileError("make a folder in", parent.empty() ? "." : parent, error);
  };
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    root_ =
        parent / (std::string(kStagingPrefix) + hexadecimal(with_check(random_number())).data());
    path_ = root_ / kMadeFolder;
    // Entered first: a signal may come as soon as the folder is there.
    slot_ = enter_staging(root_.c_str());
    if (::mkdir(root_.c_str(), 0700) != 0) {
      const int error = errno;
      leave_staging(slot_);
      if (error == EEXIST || error == EINTR) continue;
      fail(error);
    }
    // Whatever the umask takes away: what is ours must stay ours to remove.
    (void)::chmod(root_.c_str(), 0700);
    const int lock = make_lock(root_);
    const int spare = lock < 0 ? -1 : ::fcntl(lock, F_DUPFD_CLOEXEC, 0);
    if (spare >= 0) {
      hold_for_removal(slot_, lock, spare);
      if (::mkdir(path_.c_str(), 0700) == 0 && ::chmod(path_.c_str(), 0700) == 0) return;
    }
    const int error = errno;
    if (spare < 0 && lock >= 0) ::close(lock);
    close_held(slot_);
    (void)remove_tree(root_.c_str());
    leave_staging(slot_);
    if (error != ENOENT && error != EINTR) fail(error);
  }
  fail(EEXIST);
}

Staging::~Staging() {
  if (root_.empty() || is_protected_) return;
  (void)remove_all();
}

void Staging::remove() {
  const int error = remove_all();
  const fs::path root = std::exchange(root_, fs::path());
  if (error != 0) throw FileError("remove", root, error);
}

void Staging::protect() {
  const fs::path lock = root_ / kStagingLock;
  if (::rename(lock.c_str(), (root_ / kProtectedLock).c_str()) != 0) {
    throw FileError("rename", lock, errno);
  }
  leave_staging(slot_);
  is_protected_ = true;
}

void Staging::unprotect() {
  slot_ = enter_staging(root_.c_str());
  is_protected_ = false;
  // Without its lock it is removed all the same, only not by others.
  (void)::rename((root_ / kProtectedLock).c_str(), (root_ / kStagingLock).c_str());
}

// The lock goes first, for its descriptors: whoever takes the folder for a dead one's from then on
// does the same.
int Staging::remove_all() noexcept {
  close_held(slot_);
  const int error = remove_tree(root_.c_str(), kStagingLock.data());
  leave_staging(slot_);
  return error;
}

}  // namespace splitscope
