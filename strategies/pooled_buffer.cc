#include "strategies/pooled_buffer.h"

#include <algorithm>
#include <utility>

#include "strategies/interface/peak_claim.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/open_file.h"
#include "strategies/io/windowed_sink.h"

namespace splitscope::strategies {
namespace {

// The upper bounds keep the size of a full pool below 2^46, more than an address space is asked
// for.
constexpr OptionLimits kBufferLimits{1, 65536};
constexpr OptionLimits kSizeLimits{64, std::uint64_t{1} << 30};

class PooledScan final : public Scan {
 public:
  PooledScan(const OpenFile& file, BufferPool& pool, ForwardRange range, AccessCounters& counters)
      : file_(file), pool_(pool), range_(range), counters_(counters) {}

  Bytes next() override {
    const std::size_t length = range_.next_length(pool_.buffer_bytes());
    if (length == 0) {
      window_.reset();
      return {};
    }
    if (window_.span().empty()) window_ = pool_.acquire(length);
    const std::span<std::byte> target = window_.span().first(length);
    file_.read_exact(range_.offset, target, counters_);
    counters_.count_read(length);
    range_.advance(length);
    return {target.data(), length};
  }

 private:
  const OpenFile& file_;
  BufferPool& pool_;
  ForwardRange range_;
  AccessCounters& counters_;
  PooledBuffer window_;
};

class PooledSource final : public ByteSource {
 public:
  PooledSource(const std::filesystem::path& path, BufferPool::Pointer pool,
               AccessCounters& counters)
      : file_(path), pool_(std::move(pool)), counters_(counters) {}

  [[nodiscard]] std::uint64_t size() const override { return file_.size(); }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    file_.check(offset, length);
    counters_.count_read(length);
    if (length == 0) return {};
    PooledBuffer buffer = pool_->acquire(length);
    file_.read_exact(offset, buffer.span().first(length), counters_);
    return std::move(buffer).into_bytes(length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    file_.check(offset, length);
    return std::make_unique<PooledScan>(file_, *pool_, ForwardRange{offset, length}, counters_);
  }

 private:
  OpenFile file_;
  BufferPool::Pointer pool_;
  AccessCounters& counters_;
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
  return {"pooled-buffer",
          "read with pread into a bounded pool of buffers; the heap serves what does not fit",
          {{"buffers", "32", "number of buffers in the pool"},
           {"size", "256KiB", "size of each buffer and of a scan's window"}},
          [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
            return std::make_unique<PooledBufferStrategy>(options, counters);
          }};
}

}  // namespace splitscope::strategies
