#include "strategies/lazy_mmap.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "strategies/interface/peak_claim.h"
#include "strategies/interface/whole_range_scan.h"
#include "strategies/io/buffered_sink.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/mapped_file.h"

namespace splitscope::strategies {
namespace {

// Below it a window costs more in calls than it saves; above it is no window any more.
constexpr OptionLimits kWindowLimits{64, std::uint64_t{1} << 30};

void copy_counted(const MappedFile& file, std::uint64_t offset, std::size_t length,
                  std::byte* target, AccessCounters& counters) {
  std::memcpy(target, file.data() + offset, length);
  counters.count_read(length);
  counters.bytes_copied.fetch_add(length, std::memory_order_relaxed);
}

class LazyMmapScan final : public Scan {
 public:
  LazyMmapScan(const MappedFile& file, ForwardRange range, std::size_t window_bytes,
               AccessCounters& counters)
      : file_(file), range_(range), window_bytes_(window_bytes), counters_(counters) {}

  Bytes next() override {
    const std::size_t length = range_.next_length(window_bytes_);
    if (length == 0) {
      window_.reset();
      return {};
    }
    if (window_ == nullptr) window_ = HeapBuffer::make(length);
    copy_counted(file_, range_.offset, length, window_->data(), counters_);
    range_.advance(length);
    return {window_->data(), length};
  }

 private:
  const MappedFile& file_;
  ForwardRange range_;
  std::size_t window_bytes_;
  AccessCounters& counters_;
  HeapBuffer::Pointer window_;
};

class LazyMmapSource final : public ByteSource {
 public:
  LazyMmapSource(MappedFile::Pointer file, std::size_t window_bytes, AccessCounters& counters)
      : file_(std::move(file)), window_bytes_(window_bytes), counters_(counters) {}

  [[nodiscard]] std::uint64_t size() const override { return file_->size(); }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    file_->check(offset, length);
    if (length == 0) {
      counters_.count_read(0);
      return {};
    }
    const HeapBuffer::Pointer copy = HeapBuffer::make(length);
    copy_counted(*file_, offset, length, copy->data(), counters_);
    return copy->view(0, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    file_->check(offset, length);
    if (window_bytes_ == 0) return std::make_unique<WholeRangeScan>(*this, offset, length);
    return std::make_unique<LazyMmapScan>(*file_, ForwardRange{offset, length}, window_bytes_,
                                          counters_);
  }

 private:
  MappedFile::Pointer file_;
  std::size_t window_bytes_;
  AccessCounters& counters_;
};

class LazyMmap final : public Strategy {
 public:
  LazyMmap(Options& options, AccessCounters& counters)
      : window_bytes_(options.size_or("whole", "window", kWindowLimits)),
        name_(options.canonical_name()),
        counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<LazyMmapSource>(MappedFile::open(path), window_bytes_, counters_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return make_buffered_sink(path, counters_);
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    const std::uint64_t copies =
        window_bytes_ == 0 ? largest_of(input_sizes) : sum_of_limited(input_sizes, window_bytes_);
    return saturating_add(sum_of(input_sizes), copies);
  }

 private:
  std::size_t window_bytes_;
  std::string name_;
  AccessCounters& counters_;
};

}  // namespace

StrategyInfo lazy_mmap() {
  return {"lazy-mmap",
          "map the file, copy only the requested range to the heap",
          {{"window", "whole", "size of a scan's re-used buffer; whole: one copy of the range"}},
          [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
            return std::make_unique<LazyMmap>(options, counters);
          }};
}

}  // namespace splitscope::strategies
