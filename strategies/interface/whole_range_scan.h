// The scan of a strategy that reaches a whole range at once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "strategies/interface/byte_source.h"

namespace splitscope {

/// One window: what read() of the range yields. The range must have been checked.
class WholeRangeScan final : public Scan {
 public:
  WholeRangeScan(const ByteSource& source, std::uint64_t offset, std::uint64_t length)
      : source_(source), offset_(offset), length_(length) {}

  Bytes next() override {
    if (length_ == 0) return {};
    const auto length = static_cast<std::size_t>(length_);
    length_ = 0;
    return source_.read(offset_, length);
  }

 private:
  const ByteSource& source_;
  std::uint64_t offset_;
  std::uint64_t length_;
};

}  // namespace splitscope
