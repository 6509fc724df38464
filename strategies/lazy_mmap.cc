#include "strategies/lazy_mmap.h"

#include "strategies/interface/peak_claim.h"
#include "strategies/io/file_strategy.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/mapped_source.h"

namespace splitscope::strategies {
namespace {

// Below it a window costs more in calls than it saves; above it is no window any more.
constexpr OptionLimits kWindowLimits{64, std::uint64_t{1} << 30};

struct LazyMmapSettings {
  explicit LazyMmapSettings(Options& options)
      : window_bytes(options.size_or("whole", "window", kWindowLimits)) {}

  [[nodiscard]] std::uint64_t expected_peak(std::span<const std::uint64_t> input_sizes) const {
    const std::uint64_t copies =
        window_bytes == 0 ? largest_of(input_sizes) : sum_of_limited(input_sizes, window_bytes);
    return saturating_add(sum_of(input_sizes), copies);
  }

  /// 0: the whole range.
  std::size_t window_bytes;
};

class LazyMmapScan final : public Scan {
 public:
  LazyMmapScan(const MappedSource& source, ForwardRange range, std::size_t window_bytes)
      : source_(source), range_(range), window_bytes_(window_bytes) {}

 private:
  Bytes next_window() override {
    const std::size_t length = range_.next_length(window_bytes_);
    if (length == 0) {
      window_.reset();
      return {};
    }
    if (window_ == nullptr) window_ = HeapBuffer::make(length);
    source_.read_into(range_.offset, {window_->data(), length});
    range_.advance(length);
    return {window_->data(), length};
  }

  const MappedSource& source_;
  ForwardRange range_;
  std::size_t window_bytes_;
  HeapBuffer::Pointer window_;
};

class LazyMmapSource final : public MappedSource {
 public:
  LazyMmapSource(const std::filesystem::path& path, const LazyMmapSettings& settings,
                 AccessCounters& counters)
      : MappedSource(path, counters), window_bytes_(settings.window_bytes) {}

 private:
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    const HeapBuffer::Pointer copy = HeapBuffer::make(length);
    read_into(offset, {copy->data(), length});
    return copy->view(0, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    if (window_bytes_ == 0) return MappedSource::scan_range(offset, length);
    return std::make_unique<LazyMmapScan>(*this, ForwardRange{offset, length}, window_bytes_);
  }

  std::size_t window_bytes_;
};

}  // namespace

StrategyInfo lazy_mmap() {
  return {.name = "lazy-mmap",
          .summary = "map the file, copy only the requested range to the heap",
          .options = {{"window",
                       "whole",
                       "size of a scan's re-used buffer; whole: one copy of the range",
                       {"1000"}}},
          .traits = {.maps_files = true, .window_option = "window"},
          .make = make_file_strategy<LazyMmapSource, LazyMmapSettings>};
}

}  // namespace splitscope::strategies
