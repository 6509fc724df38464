// A source in memory that makes mistakes of its readers visible to a sanitizer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/errors.h"
#include "strategies/interface/byte_source.h"

namespace splitscope::fuzz {

/// Serves every read, and every window of a scan, from an allocation of its own that is exactly as
/// long and is freed when its Bytes are dropped: reading past its end or after that is seen, where
/// a view of the whole file would only show neighbouring bytes.
class FreshSource final : public ByteSource {
 public:
  /// Windows of `window_bytes`; 0: the whole range at once.
  explicit FreshSource(std::vector<std::byte> content, std::size_t window_bytes = 0)
      : content_(std::move(content)), window_bytes_(window_bytes) {}

  [[nodiscard]] std::uint64_t size() const override { return content_.size(); }
  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    check_range("(memory)", offset, length, content_.size());
    return fresh(std::span(content_).subspan(static_cast<std::size_t>(offset), length));
  }
  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    check_range("(memory)", offset, length, content_.size());
    return std::make_unique<FreshScan>(
        std::span(content_).subspan(static_cast<std::size_t>(offset),
                                    static_cast<std::size_t>(length)),
        window_bytes_);
  }

 private:
  class Freer final : public BytesOwner {
   public:
    void release(const std::byte* data, std::size_t) noexcept override { delete[] data; }
  };

  static Bytes fresh(std::span<const std::byte> part) {
    static Freer freer;
    if (part.empty()) return {};
    auto copy = std::make_unique_for_overwrite<std::byte[]>(part.size());
    std::memcpy(copy.get(), part.data(), part.size());
    return {copy.release(), part.size(), &freer};
  }

  class FreshScan final : public Scan {
   public:
    FreshScan(std::span<const std::byte> rest, std::size_t window_bytes)
        : rest_(rest), window_bytes_(window_bytes == 0 ? rest.size() : window_bytes) {}
    Bytes next() override {
      const auto window = rest_.first(std::min(window_bytes_, rest_.size()));
      rest_ = rest_.subspan(window.size());
      return fresh(window);
    }

   private:
    std::span<const std::byte> rest_;
    std::size_t window_bytes_;
  };

  std::vector<std::byte> content_;
  std::size_t window_bytes_;
};

}  // namespace splitscope::fuzz
