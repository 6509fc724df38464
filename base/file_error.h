// I/O errors for the person who reads them: what was done, to which file, why it failed, what to
// do.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace splitscope {

/// A std::system_error whose message is one whole line:
/// "write out/a.split: No space left on device; free space or choose another folder".
class FileError : public std::system_error {
 public:
  /// `action` is what was attempted ("open", "write"), `error` an errno value. `reason` replaces
  /// the system's own text for `error` where that would mislead.
  FileError(std::string_view action, const std::filesystem::path& path, int error,
            std::string_view reason = {});

  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

}  // namespace splitscope
