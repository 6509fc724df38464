// Reads records from a Scan whose windows may end in the middle of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/codec/source_range.h"

namespace splitscope::formats {

/// Forward reader over one pass of a range. A record inside one window is handed out as a view of
/// it; only one that straddles windows is put together in a small buffer, which is re-used.
/// Single-threaded. Errors: FormatError where the range ends inside a record; those of Scan.
class ScanReader {
 public:
  ScanReader() = default;
  explicit ScanReader(const SourceRange& range) : ScanReader(range, 0, range.size()) {}
  /// Only [offset, offset + length) of `range`.
  ScanReader(const SourceRange& range, std::uint64_t offset, std::uint64_t length)
      : name_(range.name()), end_(offset + length), position_(offset) {
    if (length > 0) scan_ = range.scan(offset, length);
  }

  /// Offset in the range (not in the file) of the next byte.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] std::uint64_t remaining() const { return end_ - position_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// The next `length` bytes; valid until the next call of take, take_some or skip.
  [[nodiscard]] std::span<const std::byte> take(std::size_t length) {
    if (length > remaining()) {
      fail("the format asks for " + std::to_string(length) + " bytes here, but only " +
           std::to_string(remaining()) + " are left");
    }
    if (length <= rest_.size()) {
      const auto part = rest_.first(length);
      advance(length);
      return part;
    }
    carry_.clear();
    carry_.reserve(length);
    while (carry_.size() < length) {
      const auto part = take_some(length - carry_.size());
      carry_.insert(carry_.end(), part.begin(), part.end());
    }
    return carry_;
  }

  /// Between 1 and `limit` of the next bytes, whatever lies in the current window; empty only at
  /// the end of the range. Valid as long as those of take.
  [[nodiscard]] std::span<const std::byte> take_some(std::uint64_t limit) {
    if (remaining() == 0) return {};
    if (rest_.empty()) refill();
    const auto length = limit < rest_.size() ? static_cast<std::size_t>(limit) : rest_.size();
    const auto part = rest_.first(length);
    advance(length);
    return part;
  }

  void skip(std::uint64_t length) {
    if (length > remaining()) fail("cannot skip " + std::to_string(length) + " bytes");
    while (length > 0) length -= take_some(length).size();
  }

  /// A little-endian fixed-width number.
  template <typename T>
  [[nodiscard]] T fixed() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw FormatError(name_, position_, problem);
  }

 private:
  void advance(std::size_t length) {
    rest_ = rest_.subspan(length);
    position_ += length;
  }
  void refill() {
    window_.reset();
    window_ = scan_->next();
    if (window_.empty()) fail("the scan ended early");
    rest_ = window_.span();
  }

  std::string name_;
  std::unique_ptr<Scan> scan_;
  Bytes window_;
  std::span<const std::byte> rest_;
  std::vector<std::byte> carry_;
  std::uint64_t end_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace splitscope::formats
