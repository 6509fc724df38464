// The folder of the loopback server's store: whose it is, and what is in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace splitscope::s3 {

/// Takes a folder that is new, empty or has the mark of an earlier store, and keeps it locked
/// (flock) for as long as it lives. What an earlier store had not finished is removed; nothing else
/// is. Errors: UsageError that names the folder; std::system_error.
class StoreFolder {
 public:
  explicit StoreFolder(const std::filesystem::path& folder);
  ~StoreFolder();
  StoreFolder(const StoreFolder&) = delete;
  StoreFolder& operator=(const StoreFolder&) = delete;

  /// Where files are that are not whole yet. No bucket may be called so, for its dot.
  [[nodiscard]] const std::filesystem::path& incoming() const { return incoming_; }

 private:
  std::filesystem::path incoming_;
  int lock_ = -1;
};

/// Name of the file that holds `key`: one path component whatever the key, never "." or "..".
[[nodiscard]] std::string file_name_of_key(const std::string& key);

/// The other way round; nothing when the name was cut short or is none of ours.
[[nodiscard]] std::optional<std::string> key_of_file_name(const std::string& name);

/// Reads a file in pieces. Errors: std::system_error that names it.
void for_each_piece(const std::filesystem::path& path,
                    const std::function<void(std::span<const std::byte>)>& take);

struct FileDigests {
  std::uint64_t length_bytes = 0;
  /// In hex.
  std::string md5;
  std::string sha256;
};

[[nodiscard]] FileDigests digest_file(const std::filesystem::path& path);

}  // namespace splitscope::s3
