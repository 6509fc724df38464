#include "strategies/pooled_buffer.h"

#include <utility>

#include "strategies/io/file_source.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/windowed_sink.h"

namespace splitscope::strategies {
namespace {

// The upper bounds keep the size of a full pool below 2^46, more than an address space is asked
// for.
constexpr OptionLimits kBufferLimits{1, 65536};
constexpr OptionLimits kSizeLimits{64, std::uint64_t{1} << 30};

class PooledScan final : public Scan {
 public:
  PooledScan(const FileSource& source, BufferPool& pool, ForwardRange range)
      : source_(source), pool_(pool), range_(range) {}

 private:
  Bytes next_window() override {
    const std::size_t length = range_.next_length(pool_.buffer_bytes());
    if (length == 0) {
      window_.reset();
      return {};
    }
    if (window_.span().empty()) window_ = pool_.acquire(length);
    const std::span<std::byte> target = window_.span().first(length);
    source_.read_into(range_.offset, target);
    range_.advance(length);
    return {target.data(), length};
  }

  const FileSource& source_;
  BufferPool& pool_;
  ForwardRange range_;
  PooledBuffer window_;
};

class PooledSource final : public FileSource {
 public:
  PooledSource(const std::filesystem::path& path, BufferPool::Pointer pool,
               AccessCounters& counters)
      : FileSource(path, counters), pool_(std::move(pool)) {}

 private:
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    PooledBuffer buffer = pool_->acquire(length);
    read_into(offset, buffer.span().first(length));
    return std::move(buffer).into_bytes(length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return std::make_unique<PooledScan>(*this, *pool_, ForwardRange{offset, length});
  }

  BufferPool::Pointer pool_;
};

}  // namespace

PooledBufferStrategy::PooledBufferStrategy(Options& options, AccessCounters& counters)
    : buffers_(options.count("buffers", kBufferLimits)),
      pool_(BufferPool::create(buffers_, options.size("size", kSizeLimits))),
      name_(options.canonical_name()),
      counters_(counters) {}

std::unique_ptr<ByteSource> PooledBufferStrategy::open(const std::filesystem::path& path) {
  return std::make_unique<PooledSource>(path, pool_, counters_);
}

std::unique_ptr<ByteSink> PooledBufferStrategy::create(const std::filesystem::path& path) {
  PooledBuffer buffer = pool_->acquire(pool_->buffer_bytes());
  const std::span window = buffer.span();
  return std::make_unique<WindowedSink<PooledBuffer>>(path, std::move(buffer), window, counters_);
}

std::uint64_t PooledBufferStrategy::expected_peak(
    std::span<const std::uint64_t> /*input_sizes*/) const {
  return buffers_ * pool_->buffer_bytes();
}

StrategyInfo pooled_buffer() {
  return {
      .name = "pooled-buffer",
      .summary =
          "read with pread into a bounded pool of buffers; the heap serves what does not fit",
      .options = {{"buffers", "32", "number of buffers in the pool", {"2", "1"}},
                  {"size", "256KiB", "size of each buffer and of a scan's window", {"1000", "64"}}},
      .traits = {.window_option = "size"},
      .make = [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
        return std::make_unique<PooledBufferStrategy>(options, counters);
      }};
}

}  // namespace splitscope::strategies
