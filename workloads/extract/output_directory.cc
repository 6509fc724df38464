#include "workloads/extract/output_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "base/errors.h"

namespace splitscope {
namespace {

namespace fs = std::filesystem;

/// "out/" and "out" are the same directory; renaming needs its last name.
fs::path without_trailing_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

/// A name beside `target` that nothing has.
fs::path make_beside(const fs::path& target) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto name =
        fmt::format(".{}.tmp-{:07}-{}", target.filename().string(), ::getpid(), attempt);
    auto path = target.parent_path() / name;
    std::error_code error;
    if (fs::create_directory(path, error)) return path;
    if (error) throw fs::filesystem_error("cannot create a directory", path, error);
  }
  throw fs::filesystem_error("no free temporary name beside it", target,
                             std::make_error_code(std::errc::file_exists));
}

}  // namespace

OutputDirectory::OutputDirectory(const fs::path& target, bool replace)
    : target_(without_trailing_slash(target)), replace_(replace) {
  check_target(target_, replace);
  temporary_ = make_beside(target_);
}

OutputDirectory::~OutputDirectory() {
  if (committed_) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void OutputDirectory::commit() {
  check_target(target_, replace_);
  // The old directory steps aside first, so that a failure leaves one of the two whole.
  fs::path old;
  if (replace_ && fs::exists(target_)) {
    old = make_beside(target_);
    fs::rename(target_, old);
  }
  fs::rename(temporary_, target_);
  committed_ = true;
  if (!old.empty()) fs::remove_all(old);
}

void OutputDirectory::check_target(const fs::path& target, bool replace) {
  const auto path = without_trailing_slash(target);
  if (path.empty() || path.filename() == "." || path.filename() == "..") {
    throw UsageError("extract needs the name of a directory to make, not \"" + target.string() +
                     "\"");
  }
  const auto status = fs::symlink_status(path);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) {
    throw UsageError(path.string() + ": exists and is not a directory; name another output");
  }
  for (const auto& entry : fs::directory_iterator(path)) {
    if (!replace) {
      throw UsageError(path.string() +
                       ": the directory is not empty; name another or give overwrite=true");
    }
    if (!fs::is_regular_file(entry.symlink_status())) {
      throw UsageError(entry.path().string() +
                       ": is no plain file, so its directory is not overwritten; remove it "
                       "yourself or name another output");
    }
  }
}

}  // namespace splitscope
