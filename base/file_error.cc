#include "base/file_error.h"

#include <cerrno>

#include "base/shown_name.h"

namespace splitscope {
namespace {

std::string_view advice(int error) {
  switch (error) {
    case ENOENT:
      return "check the path";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check the permissions of the file and its folder";
    case EISDIR:
      return "name a file, not a folder";
    case ENOSPC:
    case EDQUOT:
      return "free space or choose another folder";
    case EFBIG:
      return "raise the file size limit (ulimit -f) or choose another folder";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case ENOMEM:
      return "raise the memory or mapping limit (ulimit -v, vm.max_map_count)";
    case EFAULT:
      return "an input became shorter while it was mapped";
    default:
      return {};
  }
}

std::string describe(std::string_view action, const std::filesystem::path& path, int error,
                     std::string_view reason) {
  std::string text(action);
  text += ' ';
  text += path.empty() ? std::string("(no name)") : shown_path(path);
  text += ": ";
  if (!reason.empty()) return text.append(reason);
  text += std::generic_category().message(error);
  if (const std::string_view hint = advice(error); !hint.empty()) {
    text += "; ";
    text += hint;
  }
  return text;
}

}  // namespace

FileError::FileError(std::string_view action, const std::filesystem::path& path, int error,
                     std::string_view reason)
    : std::system_error(error, std::generic_category()),
      message_(describe(action, path, error, reason)) {}

}  // namespace splitscope
