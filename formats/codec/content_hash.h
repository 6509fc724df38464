// Tells keys, documents and values apart without keeping them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace splitscope::formats {

/// Mixes a number into a hash; every bit of both reaches every bit of the result.
[[nodiscard]] constexpr std::uint64_t mix_hash(std::uint64_t hash, std::uint64_t number) {
  hash = (hash ^ number) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93ULL;
  return hash ^ (hash >> 32);
}

/// 64 bits of which each depends on every byte. Equal bytes have equal hashes on every machine of
/// one byte order; nobody is kept from making two of one hash.
[[nodiscard]] inline std::uint64_t content_hash(std::span<const std::byte> bytes) {
  std::uint64_t hash = bytes.size();
  std::uint64_t word = 0;
  for (; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
    std::memcpy(&word, bytes.data(), sizeof word);
    hash = mix_hash(hash, word);
  }
  word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return mix_hash(hash, word);
}

}  // namespace splitscope::formats
