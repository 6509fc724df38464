// What reading a malformed file and a wrong output throw: part of the contract of workload.h.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/shown_name.h"

namespace splitscope::formats {

/// A file does not hold what its format says. The message names the file, the offset in it and what
/// was expected and found, in one line.
class FormatError : public std::runtime_error {
 public:
  FormatError(const std::string& file, std::uint64_t offset, const std::string& problem)
      : std::runtime_error(shown_name(file) + ": at byte " + std::to_string(offset) + ": " +
                           problem) {}
};

/// The file is well-formed but uses a part of the format that splitscope does not handle. The
/// message names the file, the field and the feature.
class UnsupportedFeature : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An output that does not hold what it should: the case fails with status wrong_output.
class WrongOutput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace splitscope::formats
