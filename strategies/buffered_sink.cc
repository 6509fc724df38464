#include "strategies/buffered_sink.h"

#include "strategies/copy_windows.h"
#include "strategies/file_output.h"
#include "strategies/heap_buffer.h"

namespace splitscope {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} << 10;

class BufferedSink final : public ByteSink {
 public:
  BufferedSink(const std::filesystem::path& path, AccessCounters& counters)
      : counters_(counters),
        buffer_(HeapBuffer::make(kBufferBytes)),
        output_(path, {buffer_->data(), kBufferBytes}) {}

  void write(std::span<const std::byte> bytes) override {
    counters_.bytes_written.fetch_add(bytes.size(), std::memory_order_relaxed);
    output_.append(bytes);
  }
  void copy_from(const ByteSource& source, std::uint64_t offset, std::uint64_t length) override {
    copy_windows(source, offset, length, [this](auto window) { write(window); });
  }
  void finish() override { output_.commit(); }

 private:
  AccessCounters& counters_;
  HeapBuffer::Pointer buffer_;
  WindowedOutput output_;
};

}  // namespace

std::unique_ptr<ByteSink> make_buffered_sink(const std::filesystem::path& path,
                                             AccessCounters& counters) {
  return std::make_unique<BufferedSink>(path, counters);
}

}  // namespace splitscope
