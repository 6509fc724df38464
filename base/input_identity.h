// Whether a file that was read is still the file that it was: nothing that changed under the
// reader's hands may go into an output as if all of it belonged together.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <new>
#include <string_view>
#include <vector>

#include "base/errors.h"

namespace splitscope {

/// A file is not what it was when it was first looked at.
class ChangedFile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Remembers files by device, inode, size and the times of their last change, to the nanosecond.
/// Take it before the first byte is read, ask it after the last one and before the output gets its
/// name. A write through a mapping that was dirty before cannot be seen this way, nor one on a file
/// system that keeps no times; checksums see those. Single-threaded.
class InputIdentity {
 public:
  /// Whether a name in a folder belongs to what is read.
  using Belongs = std::function<bool(std::string_view name)>;

  /// What lies at `path`. Where it was written within the last clock tick this waits for the tick
  /// to end, so that a later write shows. Errors: FileError.
  void add_file(const std::filesystem::path& path);

  /// All regular files of `folder` whose names belong. One that comes or goes later is a change.
  void add_folder(const std::filesystem::path& folder, Belongs belongs);

  /// Throws ChangedFile that names the file and what became of it, in one line; FileError.
  void check_unchanged() const;

  /// Runs `work`, which reads them, and then asks. Whatever seemed wrong with an input that was
  /// changed meanwhile: the change is the reason that is told.
  template <typename Work>
  void while_unchanged(Work work) const {
    try {
      work();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception&) {
      check_unchanged();
      throw;
    }
    check_unchanged();
  }

 private:
  struct File {
    std::filesystem::path path;
    struct stat status;
  };
  struct Folder {
    std::filesystem::path path;
    Belongs belongs;
    std::vector<std::filesystem::path> names;
  };

  std::vector<File> files_;
  std::vector<Folder> folders_;
};

}  // namespace splitscope
