#include "workloads/upload/upload_records.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <random>
#include <string_view>
#include <thread>
#include <utility>

#include "base/open_restarting.h"
#include "s3/protocol/uri.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "splitscope open upload 1";
constexpr std::string_view kSuffix = ".upload";
/// Held while records are made or looked through, so that none is seen before it is locked.
constexpr const char* kFolderLock = "lock";
/// Below any record's size there is none; a key of 1,024 bytes takes three times that at most.
constexpr std::size_t kLargestRecordBytes = 16 * 1024;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Not waited for long: whoever holds it does no network.
bool lock_folder(const Descriptor& lock) {
  constexpr int kTries = 100;
  constexpr std::chrono::milliseconds kPause{10};
  for (int i = 0; lock.get() >= 0 && i < kTries; ++i) {
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

Descriptor open_lock(const fs::path& folder) {
  return Descriptor(
      open_restarting((folder / kFolderLock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

std::string to_text(const OpenUpload& upload) {
  std::string text(kFirstLine);
  for (const std::string& field : {upload.endpoint, upload.bucket, upload.key, upload.id}) {
    text += "\n" + s3::encode_component(field);
  }
  return text + "\nend\n";
}

/// Nothing when it is no whole record.
std::optional<OpenUpload> parse(std::string_view text) {
  std::array<std::string, 4> fields;
  const auto line = [&] {
    const std::size_t end = text.find('\n');
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return found;
  };
  if (line() != kFirstLine) return std::nullopt;
  for (std::string& field : fields) {
    auto decoded = s3::decode_component(line());
    if (!decoded) return std::nullopt;
    field = std::move(*decoded);
  }
  if (line() != "end") return std::nullopt;
  return OpenUpload{fields[0], fields[1], fields[2], fields[3]};
}

std::optional<OpenUpload> read_record(int fd) {
  std::string text(kLargestRecordBytes, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  if (got <= 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return parse(text);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

template <typename Visit>
void for_each_record(const fs::path& folder, Visit visit) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != kSuffix) continue;
    Descriptor file(
        open_restarting(at->path().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() >= 0) visit(at->path(), file);
  }
}

}  // namespace

UploadRecord::UploadRecord(OpenUpload upload, fs::path file, int fd) noexcept
    : upload_(std::move(upload)), file_(std::move(file)), fd_(fd) {}

UploadRecord::~UploadRecord() {
  // Before the lock goes, so that nobody takes it for a dead one's. A network file system may have
  // a bad moment.
  constexpr int kAttempts = 4;
  for (int i = 0; !is_kept_ && i < kAttempts; ++i) {
    if (::unlink(file_.c_str()) == 0 || errno == ENOENT) break;
  }
  ::close(fd_);
}

std::unique_ptr<UploadRecords> UploadRecords::open(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return nullptr;
  // Keys and buckets are nobody else's business.
  ::chmod(folder.c_str(), S_IRWXU);
  if (open_lock(folder).get() < 0) return nullptr;
  return std::unique_ptr<UploadRecords>(new UploadRecords(folder));
}

std::unique_ptr<UploadRecord> UploadRecords::add(const OpenUpload& upload) {
  const Descriptor lock = open_lock(folder_);
  if (!lock_folder(lock)) return nullptr;
  std::random_device random;
  const fs::path file =
      folder_ / (std::to_string(random()) + "-" + std::to_string(random()) + std::string(kSuffix));
  Descriptor made(open_restarting(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (made.get() < 0) return nullptr;
  if (::flock(made.get(), LOCK_EX | LOCK_NB) != 0 || !write_all(made.get(), to_text(upload))) {
    ::unlink(file.c_str());
    return nullptr;
  }
  return std::make_unique<UploadRecord>(upload, file, made.release());
}

std::vector<std::unique_ptr<UploadRecord>> UploadRecords::take_dead(const std::string& endpoint,
                                                                    const std::string& bucket) {
  std::vector<std::unique_ptr<UploadRecord>> dead;
  const Descriptor lock = open_lock(folder_);
  if (!lock_folder(lock)) return dead;
  for_each_record(folder_, [&](const fs::path& path, Descriptor& file) {
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return;
    auto upload = read_record(file.get());
    if (!upload) {
      // Written by a process that died, or had no disk.
      ::unlink(path.c_str());
      return;
    }
    if (upload->endpoint != endpoint || upload->bucket != bucket) return;
    dead.push_back(std::make_unique<UploadRecord>(std::move(*upload), path, file.release()));
  });
  return dead;
}

std::set<std::string> UploadRecords::live_ids() {
  std::set<std::string> ids;
  const Descriptor lock = open_lock(folder_);
  if (!lock_folder(lock)) return ids;
  for_each_record(folder_, [&](const fs::path&, Descriptor& file) {
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return;
    if (const auto upload = read_record(file.get())) ids.insert(upload->id);
  });
  return ids;
}

}  // namespace splitscope::workloads
