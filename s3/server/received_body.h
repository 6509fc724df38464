// A request body on its way in: hashed, and kept in a temporary file or dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/digest.h"
#include "s3/signing/crc32c.h"

namespace splitscope::s3 {

/// Owns a file that is removed unless it was moved to its place.
class TemporaryFile {
 public:
  TemporaryFile() = default;
  /// Creates `path`, which must not exist. Errors: std::system_error that names it.
  explicit TemporaryFile(std::filesystem::path path);
  TemporaryFile(TemporaryFile&& other) noexcept;
  TemporaryFile& operator=(TemporaryFile&& other) noexcept;
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(std::span<const std::byte> bytes);
  /// Closes the file; it stays. Errors: std::system_error.
  void close();
  /// Renames the closed file to `path`, replacing what is there.
  void move_to(const std::filesystem::path& path);

 private:
  void remove() noexcept;

  std::filesystem::path path_;
  int fd_ = -1;
};

struct ReceivedBody {
  std::uint64_t length_bytes = 0;
  /// Raw digests.
  std::string md5;
  std::string sha256;
  /// Empty unless asked for.
  std::string crc32c;
  /// Not there when only digests are kept.
  std::optional<TemporaryFile> file;
};

/// Takes a body piece by piece. Single-threaded. Memory does not grow with the body.
class BodyReceiver {
 public:
  BodyReceiver(std::optional<TemporaryFile> file, bool with_crc32c);
  void write(std::span<const std::byte> bytes);
  [[nodiscard]] ReceivedBody finish();

 private:
  ReceivedBody body_;
  Hasher md5_{HashKind::kMd5};
  Hasher sha256_{HashKind::kSha256};
  std::optional<Crc32c> crc32c_;
};

}  // namespace splitscope::s3
