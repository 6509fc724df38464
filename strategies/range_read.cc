#include "strategies/range_read.h"

#include "strategies/interface/peak_claim.h"
#include "strategies/interface/whole_range_scan.h"
#include "strategies/io/buffered_sink.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/open_file.h"

namespace splitscope::strategies {
namespace {

class RangeReadSource final : public ByteSource {
 public:
  RangeReadSource(const std::filesystem::path& path, AccessCounters& counters)
      : file_(path), counters_(counters) {}

  [[nodiscard]] std::uint64_t size() const override { return file_.size(); }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    file_.check(offset, length);
    counters_.count_read(length);
    if (length == 0) return {};
    const HeapBuffer::Pointer buffer = HeapBuffer::make(length);
    file_.read_exact(offset, {buffer->data(), length}, counters_);
    return buffer->view(0, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    file_.check(offset, length);
    return std::make_unique<WholeRangeScan>(*this, offset, length);
  }

 private:
  OpenFile file_;
  AccessCounters& counters_;
};

class RangeRead final : public Strategy {
 public:
  RangeRead(Options& options, AccessCounters& counters)
      : name_(options.canonical_name()), counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<RangeReadSource>(path, counters_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return make_buffered_sink(path, counters_);
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    return largest_of(input_sizes);
  }

 private:
  std::string name_;
  AccessCounters& counters_;
};

}  // namespace

StrategyInfo range_read() {
  return {"range-read",
          "read each range with pread into a fresh buffer",
          {},
          [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
            return std::make_unique<RangeRead>(options, counters);
          }};
}

}  // namespace splitscope::strategies
