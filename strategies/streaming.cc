#include "strategies/streaming.h"

#include <fcntl.h>

#include "strategies/interface/peak_claim.h"
#include "strategies/io/file_source.h"
#include "strategies/io/file_strategy.h"
#include "strategies/io/forward_range.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/read_ahead.h"
#include "strategies/io/streaming_sink.h"

namespace splitscope::strategies {
namespace {

constexpr OptionLimits kWindowLimits{64, std::uint64_t{1} << 30};

struct StreamingSettings {
  explicit StreamingSettings(Options& options)
      : window_bytes(options.size("window", kWindowLimits)),
        read_ahead_bytes(options.size_or("off", "readahead", kWindowLimits)),
        drop_behind(options.flag("drop-behind")) {}

  [[nodiscard]] std::uint64_t expected_peak(std::span<const std::uint64_t> input_sizes) const {
    std::uint64_t peak = sum_of_limited(input_sizes, window_bytes);
    for (std::size_t stream = 0; stream < ReadAhead::kStreams; ++stream) {
      peak = saturating_add(peak, sum_of_limited(input_sizes, read_ahead_bytes));
    }
    return peak;
  }
  [[nodiscard]] static std::unique_ptr<ByteSink> create(const std::filesystem::path& path,
                                                        AccessCounters& counters) {
    return make_streaming_sink(path, counters);
  }

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
  StreamingScan(const FileSource& source, ForwardRange range, const StreamingSettings& settings)
      : source_(source), range_(range), dropped_until_(range.offset), settings_(settings) {}
  ~StreamingScan() override { drop_passed(); }

 private:
  Bytes next_window() override {
    drop_passed();
    const std::size_t length = range_.next_length(settings_.window_bytes);
    if (length == 0) {
      window_.reset();
      return {};
    }
    if (window_ == nullptr) window_ = HeapBuffer::make(length);
    source_.read_into(range_.offset, {window_->data(), length});
    range_.advance(length);
    if (settings_.drop_behind) {
      if (const std::size_t ahead = range_.next_length(settings_.window_bytes); ahead > 0) {
        advise(source_.file(), range_.offset, ahead, POSIX_FADV_WILLNEED);
      }
    }
    return {window_->data(), length};
  }

  // From a page boundary on, because the kernel keeps pages that it is to drop only in part.
  void drop_passed() {
    constexpr std::uint64_t kPageBytes = 4096;
    if (!settings_.drop_behind || dropped_until_ == range_.offset) return;
    advise(source_.file(), dropped_until_, range_.offset - dropped_until_, POSIX_FADV_DONTNEED);
    dropped_until_ = range_.remaining == 0 ? range_.offset : range_.offset & ~(kPageBytes - 1);
  }

  const FileSource& source_;
  ForwardRange range_;
  std::uint64_t dropped_until_;
  const StreamingSettings& settings_;
  HeapBuffer::Pointer window_;
};

class StreamingSource final : public FileSource {
 public:
  StreamingSource(const std::filesystem::path& path, const StreamingSettings& settings,
                  AccessCounters& counters)
      : FileSource(path, counters),
        settings_(settings),
        read_ahead_(file(), settings.read_ahead_bytes, counters) {}

 private:
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return read_ahead_.read(offset, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                 std::uint64_t length) const override {
    return std::make_unique<StreamingScan>(*this, ForwardRange{offset, length}, settings_);
  }

  StreamingSettings settings_;
  mutable ReadAhead read_ahead_;  // locks by itself
};

}  // namespace

StrategyInfo streaming() {
  return {
      .name = "streaming",
      .summary = "pass over the file in small windows, copy inside the kernel",
      .options =
          {{"window", "128KiB", "size of a scan's re-used buffer", {"1000", "64", "16KiB"}},
           {"readahead",
            "64KiB",
            "window that small forward reads share, up to 4 a file; or off",
            {"4KiB", "64", "off"}},
           {"drop-behind", "off", "on: give the page cache back what a scan has passed", {"on"}}},
      .traits = {.window_option = "window"},
      .make = make_file_strategy<StreamingSource, StreamingSettings>};
}

}  // namespace splitscope::strategies
