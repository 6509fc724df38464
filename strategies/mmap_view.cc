#include "strategies/mmap_view.h"

#include <array>

#include "strategies/interface/peak_claim.h"
#include "strategies/io/file_strategy.h"
#include "strategies/io/mapped_source.h"

namespace splitscope::strategies {
namespace {

using boost::interprocess::mapped_region;

// In the order in which the option lists its values.
constexpr std::array<MappedFile::Advice, 4> kAdvice{
    mapped_region::advice_normal, mapped_region::advice_sequential, mapped_region::advice_random,
    mapped_region::advice_willneed};

struct MmapViewSettings {
  explicit MmapViewSettings(Options& options)
      : advice(kAdvice[options.choice("advice", {"normal", "sequential", "random", "willneed"})]) {}

  [[nodiscard]] static std::uint64_t expected_peak(std::span<const std::uint64_t> input_sizes) {
    return sum_of(input_sizes);
  }

  MappedFile::Advice advice;
};

class MmapViewSource final : public MappedSource {
 public:
  MmapViewSource(const std::filesystem::path& path, const MmapViewSettings& settings,
                 AccessCounters& counters)
      : MappedSource(path, counters) {
    if (settings.advice != mapped_region::advice_normal) file().advise(settings.advice);
  }

 private:
  [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
    return file().view(offset, length);
  }
};

}  // namespace

StrategyInfo mmap_view() {
  return {.name = "mmap-view",
          .summary = "map the file, hand out views of the mapping, copy nothing",
          .options = {{"advice",
                       "normal",
                       "madvise for the mapping: normal, sequential, random or willneed",
                       {"sequential", "random", "willneed"}}},
          .traits = {.copies = Copies::kNothing, .maps_files = true, .views_pin_mapping = true},
          .make = make_file_strategy<MmapViewSource, MmapViewSettings>};
}

}  // namespace splitscope::strategies
