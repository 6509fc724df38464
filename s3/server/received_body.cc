#include "s3/server/received_body.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace splitscope::s3 {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  throw std::system_error(errno, std::generic_category(), path.string() + ": " + what);
}

}  // namespace

TemporaryFile::TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd_ < 0) fail(path_, "cannot create");
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::exchange(other.fd_, -1)) {}

TemporaryFile& TemporaryFile::operator=(TemporaryFile&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

TemporaryFile::~TemporaryFile() { remove(); }

void TemporaryFile::remove() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (!path_.empty()) ::unlink(path_.c_str());
}

void TemporaryFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(path_, "cannot write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void TemporaryFile::close() {
  if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0) fail(path_, "cannot write");
}

void TemporaryFile::move_to(const std::filesystem::path& path) {
  std::filesystem::rename(path_, path);
  path_.clear();
}

BodyReceiver::BodyReceiver(std::optional<TemporaryFile> file, bool with_crc32c) {
  body_.file = std::move(file);
  if (with_crc32c) crc32c_.emplace();
}

void BodyReceiver::write(std::span<const std::byte> bytes) {
  body_.length_bytes += bytes.size();
  md5_.update(bytes);
  sha256_.update(bytes);
  if (crc32c_) crc32c_->process_bytes(bytes.data(), bytes.size());
  if (body_.file) body_.file->write(bytes);
}

ReceivedBody BodyReceiver::finish() {
  body_.md5 = md5_.finish();
  body_.sha256 = sha256_.finish();
  if (crc32c_) body_.crc32c = crc32c_bytes(*crc32c_);
  if (body_.file) body_.file->close();
  return std::move(body_);
}

}  // namespace splitscope::s3
