#include "s3/server/store_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/errors.h"
#include "s3/protocol/uri.h"

namespace splitscope::s3 {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIncoming = ".incoming";
constexpr const char* kMark = ".s3-server";
constexpr std::string_view kMarkText = "splitscope s3-server 1\n";

/// File systems take names of 255 bytes; a SHA-256 in hex takes 64 of them.
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kKeptOfLongName = 180;

[[noreturn]] void fail(int error, const fs::path& path, const char* what) {
  throw std::system_error(error, std::generic_category(), path.string() + ": " + what);
}

bool is_new_folder(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    // A server may have died just before it wrote its mark.
    if (entry.path().filename() != kMark || !entry.is_regular_file() || entry.file_size() != 0) {
      return false;
    }
  }
  return true;
}

bool has_mark(int fd) {
  std::array<char, 64> text{};
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  return got >= 0 && std::string_view(text.data(), static_cast<std::size_t>(got)) == kMarkText;
}

void write_mark(int fd, const fs::path& path) {
  if (::pwrite(fd, kMarkText.data(), kMarkText.size(), 0) !=
      static_cast<ssize_t>(kMarkText.size())) {
    fail(errno, path, "cannot write");
  }
}

}  // namespace

StoreFolder::StoreFolder(const fs::path& folder) : incoming_(folder / kIncoming) {
  fs::create_directories(folder);
  const fs::path mark = folder / kMark;
  const bool is_new = is_new_folder(folder);
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (is_new ? O_CREAT : 0);
  lock_ = ::open(mark.c_str(), flags, 0644);
  const int error = errno;
  try {
    if (lock_ < 0 && error != ENOENT) fail(error, mark, "cannot open");
    if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      throw UsageError(folder.string() + ": another S3 server is using this folder");
    }
    if (lock_ < 0 || (!is_new && !has_mark(lock_))) {
      throw UsageError(folder.string() +
                       ": is not empty, and no S3 server of splitscope's has used it before; give "
                       "it a new or empty folder");
    }
    if (is_new) write_mark(lock_, mark);
    // What came in when the server died: the names are our own, numbers.
    fs::create_directory(incoming_);
    for (const auto& entry : fs::directory_iterator(incoming_)) {
      if (entry.is_regular_file()) fs::remove(entry.path());
    }
  } catch (...) {
    if (lock_ >= 0) ::close(lock_);
    throw;
  }
}

StoreFolder::~StoreFolder() {
  if (lock_ >= 0) ::close(lock_);
}

std::string file_name_of_key(const std::string& key) {
  // '~' stays free to mark names that were cut; a leading dot would make a hidden or special name.
  std::string name;
  for (const char c : encode_component(key)) {
    if (c == '~') {
      name += "%7E";
    } else if (c == '.' && name.empty()) {
      name += "%2E";
    } else {
      name += c;
    }
  }
  if (name.size() <= kLongestName) return name;
  return name.substr(0, kKeptOfLongName) + "~" + to_hex(digest_of(HashKind::kSha256, key));
}

std::optional<std::string> key_of_file_name(const std::string& name) {
  auto key = decode_component(name);
  if (!key || file_name_of_key(*key) != name) return std::nullopt;
  return key;
}

void for_each_piece(const fs::path& path,
                    const std::function<void(std::span<const std::byte>)>& take) {
  struct File {
    int fd;
    ~File() { ::close(fd); }
  };
  // Large enough that system calls do not show, small enough for the second-level cache.
  std::vector<std::byte> buffer(256 * 1024);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail(errno, path, "cannot open");
  const File file{fd};
  while (true) {
    const ssize_t got = ::read(file.fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno, path, "cannot read");
    if (got == 0) return;
    take(std::span(buffer).first(static_cast<std::size_t>(got)));
  }
}

FileDigests digest_file(const fs::path& path) {
  Hasher md5(HashKind::kMd5);
  Hasher sha256(HashKind::kSha256);
  FileDigests found;
  for_each_piece(path, [&](std::span<const std::byte> bytes) {
    md5.update(bytes);
    sha256.update(bytes);
    found.length_bytes += bytes.size();
  });
  found.md5 = to_hex(md5.finish());
  found.sha256 = to_hex(sha256.finish());
  return found;
}

}  // namespace splitscope::s3
