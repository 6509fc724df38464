// Growing buffer with the formats' integer encodings: what codec writers fill before they hand
// bytes to a sink. Counterpart of byte_reader.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace splitscope::formats {

class ByteBuffer {
 public:
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::span<const std::byte> span() const { return bytes_; }
  [[nodiscard]] std::byte* data() { return bytes_.data(); }
  /// Keeps the capacity, so that a buffer is re-used without allocating.
  void clear() { bytes_.clear(); }
  void reserve(std::size_t capacity) { bytes_.reserve(capacity); }
  void resize(std::size_t size) { bytes_.resize(size); }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void fixed(T value) {
    const auto at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }

  /// tantivy's VInt, high bit on the last byte.
  void vint(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<std::byte>(value & 0x7F));
      value >>= 7;
    }
    bytes_.push_back(static_cast<std::byte>(value | 0x80));
  }

  /// LEB128, high bit on all but the last byte.
  void leb128(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<std::byte>((value & 0x7F) | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<std::byte>(value));
  }

  void bytes(std::span<const std::byte> part) {
    bytes_.insert(bytes_.end(), part.begin(), part.end());
  }
  void text(std::string_view part) { bytes(std::as_bytes(std::span(part))); }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace splitscope::formats
