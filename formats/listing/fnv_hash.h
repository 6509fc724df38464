// FNV-1a, the hash of the canonical listing: short enough to be written again in any language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace splitscope::formats {

class FnvHash {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) add(static_cast<std::uint8_t>(byte));
  }
  /// As 8 bytes, little-endian.
  void add_number(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add(static_cast<std::uint8_t>(number >> shift));
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  void add(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3ULL; }

  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace splitscope::formats
