// Hands every window of a range to a function: what copy_from() is where nothing better is at hand.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "strategies/interface/byte_source.h"

namespace splitscope::strategies {

/// Calls `consume` with each window of [offset, offset + length), in order.
template <typename Consume>
void copy_windows(const ByteSource& source, std::uint64_t offset, std::uint64_t length,
                  Consume&& consume) {
  const std::unique_ptr<Scan> scan = source.scan(offset, length);
  for (Bytes window = scan->next(); !window.empty(); window = scan->next()) {
    consume(window.span());
    // Before the next window is fetched: its memory may be the same.
    window.reset();
  }
}

}  // namespace splitscope::strategies
