// SHA-256 of bytes and of files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace splitscope {

/// Gathers bytes; single-threaded. Errors: std::runtime_error when the library refuses.
class FieldDigest {
 public:
  FieldDigest();
  ~FieldDigest();
  FieldDigest(const FieldDigest&) = delete;
  FieldDigest& operator=(const FieldDigest&) = delete;

  void add(std::string_view bytes);
  /// Length first, so that ("ab", "c") and ("a", "bc") differ.
  void add_field(std::string_view bytes);
  /// 64 hexadecimal digits. Call once, last.
  [[nodiscard]] std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Reads the file once, a window at a time. Errors: FileError.
[[nodiscard]] std::string sha256_hex_of_file(const std::filesystem::path& file);

}  // namespace splitscope
