// The key that an SSTable reader or writer stands on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace splitscope::formats {

/// Growing byte string that keeps its prefix when the rest is replaced. Unlike a vector it does not
/// zero what is written next anyway: keys change some million times in a merge.
class KeyBuffer {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<const std::byte> span() const { return {bytes_.get(), size_}; }
  void clear() { size_ = 0; }

  /// Keeps the first `keep` bytes (at most size()) and appends `suffix`, which must not lie in this
  /// buffer.
  void replace_tail(std::size_t keep, std::span<const std::byte> suffix) {
    const std::size_t length = keep + suffix.size();
    if (length > capacity_) grow(keep, length);
    if (!suffix.empty()) std::memcpy(bytes_.get() + keep, suffix.data(), suffix.size());
    size_ = length;
  }
  void assign(std::span<const std::byte> key) { replace_tail(0, key); }

 private:
  void grow(std::size_t keep, std::size_t length) {
    constexpr std::size_t kFirstCapacity = 64;
    const std::size_t capacity = std::max({kFirstCapacity, length, capacity_ * 2});
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (keep > 0) std::memcpy(larger.get(), bytes_.get(), keep);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Length of the longest common prefix.
[[nodiscard]] inline std::size_t common_prefix(std::span<const std::byte> a,
                                               std::span<const std::byte> b) {
  const std::size_t limit = std::min(a.size(), b.size());
  std::size_t length = 0;
  while (length < limit && a[length] == b[length]) ++length;
  return length;
}

/// Lexicographic order of bytes, a prefix before what it is a prefix of: <0, 0, >0.
[[nodiscard]] inline int compare_keys(std::span<const std::byte> a, std::span<const std::byte> b) {
  const std::size_t shared = std::min(a.size(), b.size());
  if (shared > 0) {
    if (const int order = std::memcmp(a.data(), b.data(), shared); order != 0) return order;
  }
  return a.size() == b.size() ? 0 : (a.size() < b.size() ? -1 : 1);
}

}  // namespace splitscope::formats
