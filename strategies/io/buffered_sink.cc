#include "strategies/io/buffered_sink.h"

#include "strategies/io/heap_buffer.h"
#include "strategies/io/windowed_sink.h"

namespace splitscope::strategies {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;

}  // namespace

std::unique_ptr<ByteSink> make_buffered_sink(const std::filesystem::path& path,
                                             AccessCounters& counters) {
  HeapBuffer::Pointer buffer = HeapBuffer::make(kBufferBytes);
  const std::span window{buffer->data(), kBufferBytes};
  return std::make_unique<WindowedSink<HeapBuffer::Pointer>>(path, std::move(buffer), window,
                                                             counters);
}

}  // namespace splitscope::strategies
