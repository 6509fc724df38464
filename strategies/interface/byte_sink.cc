#include "strategies/interface/byte_sink.h"

#include <memory>

namespace splitscope {

void ByteSink::append_range(const ByteSource& source, std::uint64_t offset, std::uint64_t length) {
  const std::unique_ptr<Scan> scan = source.scan(offset, length);
  for (Bytes window = scan->next(); !window.empty(); window = scan->next()) {
    append(window.span());
    // Before the next window is fetched: its memory may be the same.
    window.reset();
  }
}

}  // namespace splitscope
