#include "workloads/extract/output_directory.h"

#include <string>

#include "base/errors.h"

namespace splitscope::workloads {
namespace {

namespace fs = std::filesystem;

/// "out/" and "out" are the same directory; renaming needs its last name.
fs::path without_trailing_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

OutputDirectory::OutputDirectory(const fs::path& target)
    : target_(without_trailing_slash(target)),
      staging_(target_.parent_path()),
      made_(staging_.path() / "index") {
  check_target(target_);
  fs::create_directory(made_);
}

void OutputDirectory::commit() {
  // Takes the place of an empty directory, of nothing else.
  fs::rename(made_, target_);
  staging_.remove();
}

void OutputDirectory::check_target(const fs::path& target) {
  const auto path = without_trailing_slash(target);
  if (path.empty() || path.filename() == "." || path.filename() == "..") {
    throw UsageError("extract needs the name of a directory to make, not \"" + target.string() +
                     "\"");
  }
  const auto status = fs::symlink_status(path);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) {
    throw UsageError(shown_path(path) + ": exists and is not a directory; name another output");
  }
  if (!fs::is_empty(path)) {
    throw UsageError(shown_path(path) + ": the directory is not empty; name another output");
  }
}

}  // namespace splitscope::workloads
