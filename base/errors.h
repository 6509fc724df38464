// Errors of reaching bytes. Plain I/O errors are std::system_error.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/shown_name.h"

namespace splitscope {

/// A range that does not lie within a file.
class RangeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that became shorter while it was open.
class TruncatedFile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An option, name or size that the user gave and that means nothing: exit code 1.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws RangeError naming `file` unless [offset, offset + length) lies within [0, size).
inline void check_range(const std::string& file, std::uint64_t offset, std::uint64_t length,
                        std::uint64_t size) {
  if (offset <= size && length <= size - offset) return;
  throw RangeError(shown_name(file) + ": bytes " + std::to_string(offset) + "+" +
                   std::to_string(length) + " asked for, the file has " + std::to_string(size));
}

}  // namespace splitscope
