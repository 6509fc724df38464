#include "strategies/mmap_view.h"

#include <array>
#include <utility>

#include "strategies/interface/peak_claim.h"
#include "strategies/interface/whole_range_scan.h"
#include "strategies/io/buffered_sink.h"
#include "strategies/io/mapped_file.h"

namespace splitscope::strategies {
namespace {

using boost::interprocess::mapped_region;

// In the order in which the option lists its values.
constexpr std::array<MappedFile::Advice, 4> kAdvice{
    mapped_region::advice_normal, mapped_region::advice_sequential, mapped_region::advice_random,
    mapped_region::advice_willneed};

class MmapViewSource final : public ByteSource {
 public:
  MmapViewSource(MappedFile::Pointer file, AccessCounters& counters)
      : file_(std::move(file)), counters_(counters) {}

  [[nodiscard]] std::uint64_t size() const override { return file_->size(); }

  [[nodiscard]] Bytes read(std::uint64_t offset, std::size_t length) const override {
    file_->check(offset, length);
    counters_.count_read(length);
    return file_->view(offset, length);
  }

  [[nodiscard]] std::unique_ptr<Scan> scan(std::uint64_t offset,
                                           std::uint64_t length) const override {
    file_->check(offset, length);
    return std::make_unique<WholeRangeScan>(*this, offset, length);
  }

 private:
  MappedFile::Pointer file_;
  AccessCounters& counters_;
};

class MmapView final : public Strategy {
 public:
  MmapView(Options& options, AccessCounters& counters)
      : advice_(options.choice("advice", {"normal", "sequential", "random", "willneed"})),
        name_(options.canonical_name()),
        counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    MappedFile::Pointer file = MappedFile::open(path);
    if (kAdvice[advice_] != mapped_region::advice_normal) file->advise(kAdvice[advice_]);
    return std::make_unique<MmapViewSource>(std::move(file), counters_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return make_buffered_sink(path, counters_);
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    return sum_of(input_sizes);
  }

 private:
  std::size_t advice_;
  std::string name_;
  AccessCounters& counters_;
};

}  // namespace

StrategyInfo mmap_view() {
  return {"mmap-view",
          "map the file, hand out views of the mapping, copy nothing",
          {{"advice", "normal", "madvise for the mapping: normal, sequential, random or willneed"}},
          [](Options& options, AccessCounters& counters) -> std::unique_ptr<Strategy> {
            return std::make_unique<MmapView>(options, counters);
          }};
}

}  // namespace splitscope::strategies
