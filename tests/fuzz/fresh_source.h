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

 private:
  [[nodiscard]] std::uint64_t file_size() const override { return content_.size(); }
  [[nodiscard]] std::string_view file_name() const override { return "(memory)"; }
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return fresh(std::span(content_).subspan(static_cast<std::size_t>(offset), length));
  }
  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return std::make_unique<FreshScan>(
        std::span(content_).subspan(static_cast<std::size_t>(offset),
                                    static_cast<std::size_t>(length)),
        window_bytes_);
  }

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

   private:
    Bytes next_window() override {
      const auto window = rest_.first(std::min(window_bytes_, rest_.size()));
      rest_ = rest_.subspan(window.size());
      return fresh(window);
    }

    std::span<const std::byte> rest_;
    std::size_t window_bytes_;
  };

  std::vector<std::byte> content_;
  std::size_t window_bytes_;
};

}  // namespace splitscope::fuzz
