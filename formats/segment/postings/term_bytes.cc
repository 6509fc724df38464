#include "formats/segment/postings/term_bytes.h"

#include <utility>

#include "formats/codec/variable_number.h"

namespace splitscope::formats {

void TermBytes::open(const ByteRange& range) {
  if (range.start > range.end || range.end > field_.size()) {
    throw field_.error(range.start, "the dictionary gives a term the bytes " +
                                        std::to_string(range.start) + " to " +
                                        std::to_string(range.end) + ", the field has " +
                                        std::to_string(field_.size()));
  }
  rest_ = {};
  read_.reset();
  position_ = range.start;
  end_ = range.end;
  const bool is_long = range.size() > kLongTermBytes;

  if (access_ == TermAccess::kForward) {
    if (!forward_open_) {
      scan_ = ScanReader(field_);
      forward_open_ = true;
    }
    if (range.start < scan_.position()) {
      fail("the bytes of this term lie before those of the term opened before it, at " +
           std::to_string(scan_.position()));
    }
    scan_.skip(range.start - scan_.position());
    scanning_ = is_long;
    if (!is_long) rest_ = scan_.take(static_cast<std::size_t>(range.size()));
    return;
  }

  // What an earlier long term held, a window of a pool for example, goes back before more is asked.
  if (scanning_) scan_ = ScanReader();
  scanning_ = is_long;
  if (is_long) {
    scan_ = ScanReader(field_, range.start, range.size());
  } else if (range.size() > 0) {
    read_ = field_.read(range.start, range.size());
    rest_ = read_.span();
  }
}

void TermBytes::check(std::uint64_t length) const {
  if (length <= remaining()) return;
  fail("the format asks for " + std::to_string(length) + " bytes here, but the term has only " +
       std::to_string(remaining()) + " left");
}

std::span<const std::byte> TermBytes::take(std::uint64_t length) {
  check(length);
  position_ += length;
  if (scanning_) return scan_.take(static_cast<std::size_t>(length));
  const auto part = rest_.first(static_cast<std::size_t>(length));
  rest_ = rest_.subspan(part.size());
  return part;
}

void TermBytes::skip(std::uint64_t length) {
  check(length);
  position_ += length;
  if (scanning_) {
    scan_.skip(length);
  } else {
    rest_ = rest_.subspan(static_cast<std::size_t>(length));
  }
}

std::uint64_t TermBytes::take_number() {
  const auto number = read_variable_number<HighBit::kOnLast>(
      [this] { return std::to_integer<int>(take(1).front()); });
  if (number.end != VariableEnd::kWhole) fail("a variable-length number does not fit 64 bits");
  return number.value;
}

void TermBytes::fail(const std::string& problem) const { throw field_.error(position_, problem); }

}  // namespace splitscope::formats
