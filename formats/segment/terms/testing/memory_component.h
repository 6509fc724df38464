// Lets tests write through a ComponentWriter and look at what was written.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/codec/component_writer.h"
#include "strategies/interface/testing/memory_source.h"

namespace splitscope::test {

/// Use writer(), then take() once.
class MemoryComponent {
 public:
  MemoryComponent() : writer_(std::make_unique<MemorySink>(bytes_)) {}

  formats::ComponentWriter& writer() { return writer_; }
  /// What was written, without the footer of the file.
  std::vector<std::byte> take() {
    const auto body = static_cast<std::size_t>(writer_.offset());
    writer_.finish();
    bytes_.resize(body);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
  formats::ComponentWriter writer_;
};

inline std::span<const std::byte> key_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
inline std::string text_of(std::span<const std::byte> key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

}  // namespace splitscope::test
