// Where the output of a verb goes: checked before anything is opened for writing, made in a staging
// folder beside it, put in its place by one rename after success.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/staging.h"

namespace splitscope {

/// Whether a finished output is synced to the disk before it gets its name.
enum class Sync { kYes, kNo };

/// What may stand at the place already.
enum class OldFolder { kRefuse, kReplace };

/// One file or folder in the making. Until commit() the old one stays as it is; without commit()
/// nothing is left. A symbolic link to a regular file stays a link: the file behind it is replaced.
/// Two processes may write to one place at once: each commits a whole output, the last one stays.
/// Single-threaded. Errors: UsageError (the place cannot be written to), FileError.
class OutputPlace {
 public:
  /// Refuses an output that is one of the inputs or a file in an input folder (same device and
  /// inode, whatever the name), and one that exists and is no regular file.
  [[nodiscard]] static OutputPlace for_file(const std::filesystem::path& target,
                                            std::span<const std::filesystem::path> inputs);

  /// Refuses a target that exists and is no folder, that holds an input, that is not empty
  /// (kRefuse), or that holds anything but regular files (kReplace). Missing folders on the way to
  /// it are made.
  /// A folder that comes to the place only later, while this one is made, is another process's
  /// output of the same kind if it has the same names or if `is_like_ours` says so; then it is
  /// replaced, else it stays and commit() fails.
  [[nodiscard]] static OutputPlace for_folder(
      const std::filesystem::path& target, std::span<const std::filesystem::path> inputs,
      OldFolder old, std::function<bool(const std::filesystem::path& folder)> is_like_ours = {});

  OutputPlace(OutputPlace&&) noexcept;
  OutputPlace(const OutputPlace&) = delete;
  OutputPlace& operator=(const OutputPlace&) = delete;
  ~OutputPlace();

  /// Where to write meanwhile: a name in the staging folder that does not exist yet. Its last part
  /// is the target's.
  [[nodiscard]] const std::filesystem::path& path() const noexcept;

  /// Syncs, renames, removes the staging. Call once, last.
  void commit(Sync sync);

 private:
  struct State;
  explicit OutputPlace(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A small file, whole or not at all: an OutputPlace around `content`.
void write_whole_file(const std::filesystem::path& target, std::string_view content, Sync sync);

}  // namespace splitscope
