#include "strategies/full_copy.h"

#include "strategies/interface/peak_claim.h"
#include "strategies/io/file_strategy.h"
#include "strategies/io/gathering_sink.h"
#include "strategies/io/heap_buffer.h"
#include "strategies/io/mapped_source.h"

namespace splitscope::strategies {
namespace {

// Kept mapped although the copy is complete: that is what is modelled.
class FullCopySource final : public MappedSource {
 public:
  FullCopySource(const std::filesystem::path& path, AccessCounters& counters)
      : MappedSource(path, counters),
        copy_(HeapBuffer::make(static_cast<std::size_t>(file().size()))) {
    read_into(0, {copy_->data(), static_cast<std::size_t>(file().size())});
  }

 private:
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return copy_->view(static_cast<std::size_t>(offset), length);
  }

  HeapBuffer::Pointer copy_;
};

struct FullCopySettings {
  explicit FullCopySettings(Options& /*options*/) {}

  [[nodiscard]] static std::uint64_t expected_peak(std::span<const std::uint64_t> input_sizes) {
    return saturating_add(sum_of(input_sizes), sum_of(input_sizes));
  }
  [[nodiscard]] static std::unique_ptr<ByteSink> create(const std::filesystem::path& path,
                                                        AccessCounters& counters) {
    return make_gathering_sink(path, counters);
  }
};

}  // namespace

StrategyInfo full_copy() {
  return {.name = "full-copy",
          .summary = "map the file, copy all of it to the heap, keep both",
          .traits = {.copies = Copies::kWholeFile, .maps_files = true},
          .make = make_file_strategy<FullCopySource, FullCopySettings>};
}

}  // namespace splitscope::strategies
