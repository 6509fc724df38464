// A file that exists under its name only once it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace splitscope {

/// Written under a temporary name in the same folder (".<name>.tmp-<pid>-<n>"), renamed by
/// commit(), removed by the destructor when that was not reached. Creates nothing else.
/// Single-threaded. Errors: FileError that names the final path.
class FileOutput {
 public:
  /// Refuses to replace anything but a regular file.
  explicit FileOutput(const std::filesystem::path& path);
  ~FileOutput();
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// Its file position is the end of what was written.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  void write(std::span<const std::byte> bytes);

  /// Closes the file and gives it its name. Does not fsync. Call once, last.
  void commit();

 private:
  void close();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// A FileOutput behind a window of memory that the caller owns and keeps: small writes gather in
/// it, what is larger goes straight to the file.
class WindowedOutput {
 public:
  WindowedOutput(const std::filesystem::path& path, std::span<std::byte> window)
      : file_(path), window_(window) {}

  void append(std::span<const std::byte> bytes);
  /// Writes what has gathered.
  void flush();
  /// Flushes, then commits.
  void commit();

  [[nodiscard]] FileOutput& file() noexcept { return file_; }

 private:
  FileOutput file_;
  std::span<std::byte> window_;
  std::size_t used_ = 0;
};

}  // namespace splitscope
