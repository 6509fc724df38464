// Grows without moving what it holds: the encoded blocks of one term, which are complete only when
// the term ends, and of which the longest term has several megabytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "formats/codec/component_writer.h"

namespace splitscope::formats {

/// Single-threaded. Keeps its chunks when cleared.
class ChunkedBuffer {
 public:
  /// At most this many bytes can be reserved at once.
  static constexpr std::size_t kChunkBytes = 64 * 1024;

  /// Room for `length` bytes behind the end; fill it, then commit what was used.
  [[nodiscard]] std::byte* reserve(std::size_t length);
  void commit(std::size_t length) { used_.back() += length; }

  void append_to(ComponentWriter& out) const;
  void clear();

 private:
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  std::vector<std::size_t> used_;
};

}  // namespace splitscope::formats
