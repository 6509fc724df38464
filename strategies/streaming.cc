#include "strategies/streaming.h"

#include <fcntl.h>

#include <utility>

#include "strategies/interface/peak_claim.h"
#include "strategies/io/descriptor_source.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/read_ahead.h"
#include "strategies/io/streaming_sink.h"

namespace splitscope::strategies {
namespace {

constexpr OptionLimits kWindowLimits{64, std::uint64_t{1} << 30};

struct StreamingOptions {
  std::size_t window_bytes;
  std::size_t read_ahead_bytes;
  bool drop_behind;
};

// Advice: whether the kernel takes it is its own business, and changes no result.
void advise(const OpenFile& file, std::uint64_t offset, std::uint64_t length, int advice) {
  static_cast<void>(::posix_fadvise(file.descriptor(), static_cast<off_t>(offset),
                                    static_cast<off_t>(length), advice));
}

class StreamingScan final : public Scan {
 public:
  StreamingScan(const OpenFile& file, ForwardRange range, const StreamingOptions& options,
                AccessCounters& counters)
      : file_(file),
        range_(range),
        dropped_until_(range.offset),
        options_(options),
        counters_(counters) {}
  ~StreamingScan() override { drop_passed(); }

  Bytes next() override {
    drop_passed();
    const std::size_t length = range_.next_length(options_.window_bytes);
    if (length == 0) {
      window_.reset();
      return {};
    }
    if (window_ == nullptr) window_ = HeapBuffer::make(length);
    file_.read_exact(range_.offset, {window_->data(), length}, counters_);
    counters_.count_read(length);
    range_.advance(length);
    if (options_.drop_behind) {
      if (const std::size_t ahead = range_.next_length(options_.window_bytes); ahead > 0) {
        advise(file_, range_.offset, ahead, POSIX_FADV_WILLNEED);
      }
    }
    return {window_->data(), length};
  }

 private:
  // From a page boundary on, because the kernel keeps pages that it is to drop only in part.
  void drop_passed() {
    constexpr std::uint64_t kPageBytes = 4096;
    if (!options_.drop_behind || dropped_until_ == range_.offset) return;
    advise(file_, dropped_until_, range_.offset - dropped_until_, POSIX_FADV_DONTNEED);
    dropped_until_ = range_.remaining == 0 ? range_.offset : range_.offset & ~(kPageBytes - 1);
  }

  const OpenFile& file_;
  ForwardRange range_;
  std::uint64_t dropped_until_;
  const StreamingOptions& options_;
  AccessCounters& counters_;
  HeapBuffer::Pointer window_;
};

class StreamingSource final : public DescriptorSource {
 public:
  StreamingSource(const std::filesystem::path& path, const StreamingOptions& options,
                  AccessCounters& counters)
      : file_(path),
        options_(options),
        counters_(counters),
        read_ahead_(file_, options.read_ahead_bytes, counters) {}

  [[nodiscard]] std::uint64_t size() const override { return file_.size(); }
  [[nodiscard]] const OpenFile& file() const noexcept override { return file_; }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    file_.check(offset, length);
    counters_.count_read(length);
    if (length == 0) return {};
    return read_ahead_.read(offset, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    file_.check(offset, length);
    return std::make_unique<StreamingScan>(file_, ForwardRange{offset, length}, options_,
                                           counters_);
  }

 private:
  OpenFile file_;
  StreamingOptions options_;
  AccessCounters& counters_;
  mutable ReadAhead read_ahead_;  // locks by itself
};

class Streaming final : public Strategy {
 public:
  Streaming(Options& options, AccessCounters& counters)
      : options_{static_cast<std::size_t>(options.size("window", kWindowLimits)),
                 static_cast<std::size_t>(options.size_or("off", "readahead", kWindowLimits)),
                 options.flag("drop-behind")},
        name_(options.canonical_name()),
        counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<StreamingSource>(path, options_, counters_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return make_streaming_sink(path, counters_);
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    std::uint64_t peak = sum_of_limited(input_sizes, options_.window_bytes);
    for (std::size_t stream = 0; stream < ReadAhead::kStreams; ++stream) {
      peak = saturating_add(peak, sum_of_limited(input_sizes, options_.read_ahead_bytes));
    }
    return peak;
  }

 private:
  StreamingOptions options_;
  std::string name_;
  AccessCounters& counters_;
};

}  // namespace

StrategyInfo streaming() {
  return {"streaming",
          "pass over the file in small windows, copy inside the kernel",
          {{"window", "128KiB", "size of a scan's re-used buffer"},
           {"readahead", "64KiB", "window that small forward reads share, up to 4 a file; or off"},
           {"drop-behind", "off", "on: give the page cache back what a scan has passed"}},
          [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
            return std::make_unique<Streaming>(options, counters);
          }};
}

}  // namespace splitscope::strategies
