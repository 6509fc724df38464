// A named range of a ByteSource: one file of a bundle, one field of a composite file, one column.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/errors.h"
#include "formats/errors.h"
#include "strategies/interface/byte_source.h"

namespace splitscope::formats {

/// Cheap to copy. Must not outlive the source. Offsets of read, scan and slice are relative to the
/// range; `name` is what errors call the file ("a.split:0123.term").
class SourceRange {
 public:
  SourceRange() = default;
  SourceRange(const ByteSource& source, std::string name)
      : source_(&source), name_(std::move(name)), length_(source.size()) {}
  SourceRange(const ByteSource& source, std::string name, std::uint64_t offset,
              std::uint64_t length)
      : source_(&source), name_(std::move(name)), offset_(offset), length_(length) {
    check_range(name_, offset, length, source.size());
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t size() const { return length_; }
  /// Offset of this range in the file that the source opened, for messages.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] const ByteSource& source() const { return *source_; }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::uint64_t length) const {
    check(offset, length);
    return source_->read(offset_ + offset, static_cast<std::size_t>(length));
  }
  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset, std::uint64_t length) const {
    check(offset, length);
    return source_->scan(offset_ + offset, length);
  }
  [[nodiscard]] SourceRange slice(std::uint64_t offset, std::uint64_t length) const {
    check(offset, length);
    SourceRange part = *this;
    part.offset_ += offset;
    part.length_ = length;
    return part;
  }

  /// A FormatError at `offset` of this range.
  [[nodiscard]] FormatError error(std::uint64_t offset, const std::string& problem) const {
    return {name_, offset, problem};
  }

 private:
  void check(std::uint64_t offset, std::uint64_t length) const {
    if (offset > length_ || length > length_ - offset) {
      throw error(offset,
                  "the format asks for " + std::to_string(length) + " bytes here, but only " +
                      std::to_string(offset > length_ ? 0 : length_ - offset) + " are left");
    }
  }

  const ByteSource* source_ = nullptr;
  std::string name_;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace splitscope::formats
