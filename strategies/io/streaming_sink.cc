#include "strategies/io/streaming_sink.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file_error.h"
#include "base/file_output.h"
#include "strategies/io/file_source.h"
#include "strategies/io/heap_buffer.h"

namespace splitscope::strategies {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
// For each call, so that a signal is not kept waiting for a whole split.
constexpr std::uint64_t kCallBytes = std::uint64_t{256} << 20;

// The kernel or one of the file systems cannot; EPERM is what containers answer that forbid the
// call.
bool is_unsupported(int error) {
  return error == EXDEV || error == ENOSYS || error == EINVAL || error == EOPNOTSUPP ||
         error == EPERM;
}

class StreamingSink final : public ByteSink {
 public:
  StreamingSink(const std::filesystem::path& path, AccessCounters& counters, CopyFileRange copy)
      : ByteSink(counters),
        copy_file_range_(copy),
        buffer_(HeapBuffer::make(kBufferBytes)),
        output_(path, {buffer_->data(), kBufferBytes}) {}

 private:
  void append(std::span<const std::byte> bytes) override { output_.append(bytes); }

  void append_range(const ByteSource& source, std::uint64_t offset, std::uint64_t length) override {
    const auto* const with_descriptor = dynamic_cast<const FileSource*>(&source);
    // For less than a buffer two system calls (flush, copy) save nothing.
    if (with_descriptor != nullptr && length >= kBufferBytes) {
      const std::uint64_t copied = copy_in_kernel(with_descriptor->file(), offset, length);
      offset += copied;
      length -= copied;
      if (length == 0) return;
    }
    ByteSink::append_range(source, offset, length);
  }

  void complete() override { output_.commit(); }

  // Returns how much it could copy; the rest is for reads and writes.
  std::uint64_t copy_in_kernel(const OpenFile& from, std::uint64_t offset, std::uint64_t length) {
    from.check(offset, length);
    output_.flush();
    std::uint64_t done = 0;
    while (done < length) {
      auto position = static_cast<off64_t>(offset + done);
      const ssize_t count =
          copy_file_range_(from.descriptor(), &position, output_.file().descriptor(), nullptr,
                           static_cast<std::size_t>(std::min(length - done, kCallBytes)), 0);
      counters()->read_syscalls.fetch_add(1, std::memory_order_relaxed);
      if (count < 0) {
        if (errno == EINTR) continue;
        if (is_unsupported(errno)) return done;
        throw FileError("copy " + from.name() + " to", output_.file().path(), errno);
      }
      if (count == 0) from.throw_truncated(offset, length, done);
      done += static_cast<std::uint64_t>(count);
    }
    return done;
  }

  CopyFileRange copy_file_range_;
  HeapBuffer::Pointer buffer_;
  WindowedOutput output_;
};

}  // namespace

std::unique_ptr<ByteSink> make_streaming_sink(const std::filesystem::path& path,
                                              AccessCounters& counters,
                                              CopyFileRange copy_file_range) {
  return std::make_unique<StreamingSink>(path, counters, copy_file_range);
}

std::unique_ptr<ByteSink> make_streaming_sink(const std::filesystem::path& path,
                                              AccessCounters& counters) {
  return make_streaming_sink(path, counters, ::copy_file_range);
}

}  // namespace splitscope::strategies
