// Whether two names are one file, whatever leads to them: links, "./", another mount.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace splitscope {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  mode_t mode = 0;

  [[nodiscard]] bool is_same(const FileIdentity& other) const {
    return device == other.device && inode == other.inode;
  }
};

/// Identity of what the path leads to, links followed; nothing when there is nothing. Errors:
/// FileError when it cannot be told.
[[nodiscard]] std::optional<FileIdentity> identity_of(const std::filesystem::path& path);

/// `input` itself or, when it is a folder, the file in it that has this identity.
[[nodiscard]] std::optional<std::filesystem::path> find_same_file(
    const FileIdentity& identity, const std::filesystem::path& input);

/// Whether `path`, or a folder above it, is the folder with this identity.
[[nodiscard]] bool lies_in(const std::filesystem::path& path, const FileIdentity& folder);

}  // namespace splitscope
