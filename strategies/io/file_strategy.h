// A strategy of its parts: a source, and settings. What all of them have in common is here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "strategies/interface/strategy_info.h"
#include "strategies/io/buffered_sink.h"

namespace splitscope::strategies {

using PeakClaim = std::uint64_t (*)(std::span<const std::uint64_t> input_sizes);

/// Settings of a strategy without options, which claims `Peak` of its inputs.
template <PeakClaim Peak>
struct NoOptions {
  explicit NoOptions(Options& /*options*/) {}
  [[nodiscard]] static std::uint64_t expected_peak(std::span<const std::uint64_t> input_sizes) {
    return Peak(input_sizes);
  }
};

/// Opens `Source(path, settings, counters)`, or `Source(path, counters)` where it has no use for
/// settings. `Settings` is made from Options and has `expected_peak(input_sizes)`; with a
/// `create(path, counters)` it has a sink of its own, otherwise it is make_buffered_sink().
template <typename Source, typename Settings>
class FileStrategy final : public Strategy {
 public:
  FileStrategy(Options& options, AccessCounters& counters)
      : settings_(options), name_(options.canonical_name()), counters_(counters) {}

  [[nodiscard]] std::string name() const override { return name_; }

  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    if constexpr (requires { Source(path, settings_, counters_); }) {
      return std::make_unique<Source>(path, settings_, counters_);
    } else {
      return std::make_unique<Source>(path, counters_);
    }
  }

  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    if constexpr (requires { settings_.create(path, counters_); }) {
      return settings_.create(path, counters_);
    } else {
      return make_buffered_sink(path, counters_);
    }
  }

  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> input_sizes) const override {
    return settings_.expected_peak(input_sizes);
  }

 private:
  [[no_unique_address]] const Settings settings_;
  std::string name_;
  AccessCounters& counters_;
};

/// What a StrategyInfo makes its strategy with.
template <typename Source, typename Settings>
[[nodiscard]] std::unique_ptr<Strategy> make_file_strategy(Options& options,
                                                           AccessCounters& counters) {
  return std::make_unique<FileStrategy<Source, Settings>>(options, counters);
}

}  // namespace splitscope::strategies
