// In-memory source and sink: the second implementation that keeps the interfaces honest, and what
// codec tests read from and write to.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "strategies/interface/byte_sink.h"
#include "strategies/interface/byte_source.h"

namespace splitscope {

/// Serves `content` in windows of `window_bytes` (0: the whole range at once). Bytes borrow from
/// it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::vector<std::byte> content, std::size_t window_bytes = 0)
      : content_(std::move(content)), window_bytes_(window_bytes) {}

 private:
  [[nodiscard]] std::uint64_t file_size() const override { return content_.size(); }
  [[nodiscard]] std::string_view file_name() const override { return "(memory)"; }

  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return {content_.data() + offset, length};
  }

  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return std::make_unique<MemoryScan>(
        std::span(content_).subspan(static_cast<std::size_t>(offset),
                                    static_cast<std::size_t>(length)),
        window_bytes_);
  }

  class MemoryScan final : public Scan {
   public:
    MemoryScan(std::span<const std::byte> rest, std::size_t window_bytes)
        : rest_(rest), window_bytes_(window_bytes == 0 ? rest.size() : window_bytes) {}

   private:
    Bytes next_window() override {
      const auto window = rest_.first(std::min(window_bytes_, rest_.size()));
      rest_ = rest_.subspan(window.size());
      return {window.data(), window.size()};
    }

    std::span<const std::byte> rest_;
    std::size_t window_bytes_;
  };

  std::vector<std::byte> content_;
  std::size_t window_bytes_;
};

/// Appends to a vector that the caller keeps.
class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(std::vector<std::byte>& content) : content_(content) {}

 private:
  void append(std::span<const std::byte> bytes) override {
    content_.insert(content_.end(), bytes.begin(), bytes.end());
  }
  void complete() override {}

  std::vector<std::byte>& content_;
};

}  // namespace splitscope
