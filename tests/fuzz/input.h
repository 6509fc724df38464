// How a fuzz input is made up: a few parameters, then the bytes of the part that is read.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/source_range.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/fuzz/fresh_source.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {

using Content = std::vector<std::byte>;

/// Takes parameters off the front of an input; past its end they are 0.
class Input {
 public:
  explicit Input(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename T>
  [[nodiscard]] T number() {
    T value{};
    const std::size_t size = std::min(sizeof value, rest_.size());
    if (size > 0) std::memcpy(&value, rest_.data(), size);
    rest_ = rest_.subspan(size);
    return value;
  }
  /// At most `length` bytes, in memory of their own, so that a read past their end is seen.
  [[nodiscard]] Content take(std::size_t length) {
    const auto part = rest_.first(std::min(length, rest_.size()));
    rest_ = rest_.subspan(part.size());
    return {part.begin(), part.end()};
  }
  [[nodiscard]] Content rest() { return take(rest_.size()); }

 private:
  std::span<const std::byte> rest_;
};

/// Windows in which a FreshSource serves scans: records straddle the small ones. 0: all at once.
[[nodiscard]] inline std::size_t window_of(std::uint8_t parameter) {
  constexpr std::array<std::size_t, 4> kWindows = {0, 1, 7, 64};
  return kWindows[parameter % kWindows.size()];
}

[[nodiscard]] inline Content collect(const formats::SourceRange& range) {
  Content content;
  MemorySink(content).copy_from(range.source(), range.offset(), range.size());
  return content;
}

/// What `read` gives for bytes that our own writers made: there, a format error is a fault too.
template <typename Read>
auto read_back(Read read) {
  try {
    return read();
  } catch (const formats::FormatError& error) {
    throw InvariantBroken(std::string("what was written is not read: ") + error.what());
  } catch (const formats::UnsupportedFeature& error) {
    throw InvariantBroken(std::string("what was written is not supported: ") + error.what());
  }
}

/// A seed or a regression, put together as Input takes it apart.
class InputBuilder {
 public:
  template <typename T>
  InputBuilder& number(T value) {
    content_.fixed(value);
    return *this;
  }
  InputBuilder& bytes(std::span<const std::byte> part) {
    content_.bytes(part);
    return *this;
  }
  [[nodiscard]] Content take() { return content_.take(); }

 private:
  formats::ByteBuffer content_;
};

}  // namespace splitscope::fuzz
