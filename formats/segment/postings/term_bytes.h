// Reaches the bytes of one term after another in a field's part of `.idx` or `.pos`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "formats/codec/scan_reader.h"
#include "formats/codec/source_range.h"
#include "formats/segment/terms/term_info.h"

namespace splitscope::formats {

/// How the bytes of terms are asked for.
enum class TermAccess : std::uint8_t {
  /// One ByteSource::read per term, as tantivy does (one read_bytes of the term's range); a term of
  /// more than kLongTermBytes is a scan of its own, so that a strategy may serve it in windows.
  kPerTerm,
  /// One scan over the whole field. For a merge, which opens all terms in the order of the
  /// dictionary: terms must be opened front to back.
  kForward,
};

/// Movable; must not outlive the source; single-threaded. Errors: FormatError naming file and
/// offset when a range lies outside the field or too many bytes are taken; those of reading.
class TermBytes {
 public:
  static constexpr std::uint64_t kLongTermBytes = 64 * 1024;

  /// `field` is what offsets of terms refer to.
  TermBytes(SourceRange field, TermAccess access) : field_(std::move(field)), access_(access) {}

  /// Goes to the bytes of a term. Ends the views of the term before.
  void open(const ByteRange& range);

  [[nodiscard]] std::uint64_t remaining() const { return end_ - position_; }
  /// The next `length` bytes; valid until the next call of take, skip, take_number or open.
  [[nodiscard]] std::span<const std::byte> take(std::uint64_t length);
  /// Passes over the next `length` bytes. Under a scan the strategy reads them all the same.
  void skip(std::uint64_t length);
  /// tantivy's VInt.
  [[nodiscard]] std::uint64_t take_number();

  /// Throws a FormatError at the next byte.
  [[noreturn]] void fail(const std::string& problem) const;
  [[nodiscard]] const std::string& name() const { return field_.name(); }

 private:
  void check(std::uint64_t length) const;

  SourceRange field_;
  TermAccess access_;
  bool forward_open_ = false;
  bool scanning_ = false;
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;
  Bytes read_;
  std::span<const std::byte> rest_;
  ScanReader scan_;
};

}  // namespace splitscope::formats
