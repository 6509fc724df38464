// Reads fixed and variable-length integers from a span that a file supplied. Sections 0.1 and 0.2
// of docs/split-format.md.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "formats/codec/variable_number.h"
#include "formats/errors.h"

namespace splitscope::formats {

static_assert(std::endian::native == std::endian::little,
              "the formats are little-endian and are read without swapping");

/// Where the bytes of a ByteReader lie, for its messages only. `file` must outlive the reader.
struct ReaderPlace {
  std::string_view file = "(memory)";
  std::uint64_t offset = 0;
};

/// Forward reader over borrowed bytes; every read is checked and throws FormatError when it would
/// go past the end or the encoding is malformed.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes, ReaderPlace place = {})
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()), place_(place) {}

  [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] bool at_end() const { return at_ == end_; }

  /// A little-endian fixed-width number.
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] T fixed() {
    need(sizeof(T));
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  /// tantivy's VInt: 7 bits a byte, least significant first, the high bit set on the LAST byte.
  [[nodiscard]] std::uint64_t vint() { return variable<HighBit::kOnLast>(); }

  /// LEB128: 7 bits a byte, least significant first, the high bit set on all BUT the last byte.
  [[nodiscard]] std::uint64_t leb128() { return variable<HighBit::kOnAllButLast>(); }

  /// The next `length` bytes, borrowed.
  [[nodiscard]] std::span<const std::byte> bytes(std::uint64_t length) {
    need(length);
    const std::span<const std::byte> part(at_, static_cast<std::size_t>(length));
    at_ += length;
    return part;
  }

  [[nodiscard]] std::string_view text(std::uint64_t length) {
    const auto part = bytes(length);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

  /// Throws FormatError at the current position.
  [[noreturn]] void fail(const std::string& problem) const {
    throw FormatError(std::string(place_.file), place_.offset + position(), problem);
  }

 private:
  void need(std::uint64_t length) const {
    if (length > remaining()) {
      fail("the format asks for " + std::to_string(length) + " bytes here, but only " +
           std::to_string(remaining()) + " are left");
    }
  }

  template <HighBit kHighBit>
  std::uint64_t variable() {
    const auto number = read_variable_number<kHighBit>(
        [this] { return at_ == end_ ? -1 : std::to_integer<int>(*at_++); });
    if (number.end == VariableEnd::kCutOff) fail("a variable-length number runs past the end");
    if (number.end == VariableEnd::kTooLarge) {
      fail("a variable-length number does not fit 64 bits");
    }
    return number.value;
  }

  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  ReaderPlace place_;
};

}  // namespace splitscope::formats
