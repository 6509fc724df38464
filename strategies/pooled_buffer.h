// pooled-buffer: pread into the buffers of a bounded pool that all files of the strategy share.
// When the pool is empty or a read is larger than a buffer, the heap serves it: a read never fails
// for want of a buffer. Scans and sinks hold one pooled window each while they are under way.
#pragma once

#include "strategies/interface/strategy_info.h"
#include "strategies/io/buffer_pool.h"

namespace splitscope::strategies {

/// Public only for its pool's statistics (overflows); otherwise made through the catalog.
/// expected_peak = buffers x size, the full pool; overflows come on top.
class PooledBufferStrategy final : public Strategy {
 public:
  PooledBufferStrategy(Options& options, AccessCounters& counters);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override;
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override;
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override;

  [[nodiscard]] const BufferPool& pool() const noexcept { return *pool_; }

 private:
  std::uint64_t buffers_;
  BufferPool::Pointer pool_;
  std::string name_;
  AccessCounters& counters_;
};

/// Options buffers and size.
[[nodiscard]] StrategyInfo pooled_buffer();

}  // namespace splitscope::strategies
