#include "strategies/full_copy.h"

#include <cstring>
#include <utility>

#include "strategies/interface/peak_claim.h"
#include "strategies/interface/whole_range_scan.h"
#include "strategies/io/gathering_sink.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/mapped_file.h"

namespace splitscope::strategies {
namespace {

class FullCopySource final : public ByteSource {
 public:
  FullCopySource(MappedFile::Pointer file, AccessCounters& counters)
      : file_(std::move(file)),
        copy_(HeapBuffer::make(static_cast<std::size_t>(file_->size()))),
        counters_(counters) {
    if (file_->size() == 0) return;
    std::memcpy(copy_->data(), file_->data(), static_cast<std::size_t>(file_->size()));
    counters_.bytes_copied.fetch_add(file_->size(), std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t size() const override { return file_->size(); }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    file_->check(offset, length);
    counters_.count_read(length);
    if (length == 0) return {};
    return copy_->view(static_cast<std::size_t>(offset), length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    file_->check(offset, length);
    return std::make_unique<WholeRangeScan>(*this, offset, length);
  }

 private:
  // Kept mapped although the copy is complete: that is what is modelled.
  MappedFile::Pointer file_;
  HeapBuffer::Pointer copy_;
  AccessCounters& counters_;
};

class FullCopy final : public Strategy {
 public:
  FullCopy(Options& options, AccessCounters& counters)
      : name_(options.canonical_name()), counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<FullCopySource>(MappedFile::open(path), counters_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return make_gathering_sink(path, counters_);
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    return saturating_add(sum_of(input_sizes), sum_of(input_sizes));
  }

 private:
  std::string name_;
  AccessCounters& counters_;
};

}  // namespace

StrategyInfo full_copy() {
  return {"full-copy",
          "map the file, copy all of it to the heap, keep both",
          {},
          [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
            return std::make_unique<FullCopy>(options, counters);
          }};
}

}  // namespace splitscope::strategies
