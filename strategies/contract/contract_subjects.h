// What the contract tests run over: the whole catalog, the options that change how it reads, the
// in-memory source and a plugin.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_error.h"
#include "base/testing/temporary_folder.h"
#include "strategies/catalog.h"
#include "strategies/interface/testing/memory_source.h"

namespace splitscope::test {

/// A strategy that serves files from memory. Bytes borrow from the source, so it is no subject for
/// tests of lifetime.
class MemoryStrategy final : public Strategy {
 public:
  explicit MemoryStrategy(std::size_t window_bytes) : window_bytes_(window_bytes) {}
  [[nodiscard]] std::string name() const override { return "memory"; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<MemorySource>(read_file(path), window_bytes_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    throw FileError("create", path, ENOTSUP);
  }
  [[nodiscard]] std::uint64_t expected_peak(
      std::span<const std::uint64_t> /*input_sizes*/) const override {
    return 0;
  }

 private:
  std::size_t window_bytes_;
};

/// "extra-copy" and the example for authors of plugins, "whole-read".
inline const std::vector<strategies::Plugin>& test_plugins() {
  static const std::vector<strategies::Plugin> plugins{
      strategies::load_plugin(SPLITSCOPE_TEST_PLUGIN),
      strategies::load_plugin(SPLITSCOPE_EXAMPLE_PLUGIN)};
  return plugins;
}

/// The catalog and the plugins.
inline std::vector<StrategyInfo> file_strategies() {
  std::vector<StrategyInfo> infos = strategies::all_strategies();
  for (const strategies::Plugin& plugin : test_plugins()) infos.push_back(plugin.info());
  return infos;
}

/// The strategy under the nth of the values to be tried of each option; its name alone when none of
/// them has so many.
inline std::string tried_spec(const StrategyInfo& info, std::size_t nth) {
  std::string spec = info.name;
  for (const OptionInfo& option : info.options) {
    if (nth >= option.tried.size()) continue;
    spec += (spec == info.name ? ":" : ",") + option.name + "=" + option.tried[nth];
  }
  return spec;
}

/// Every strategy that touches files, and those options that lead through other code.
inline std::vector<std::string> file_subjects() {
  std::vector<std::string> specs;
  for (const StrategyInfo& info : file_strategies()) {
    specs.push_back(info.name);
    for (std::size_t nth = 0; tried_spec(info, nth) != info.name; ++nth) {
      specs.push_back(tried_spec(info, nth));
    }
  }
  return specs;
}

inline std::vector<std::string> all_subjects() {
  std::vector<std::string> specs = file_subjects();
  specs.emplace_back("memory");
  specs.emplace_back("memory:window=100");
  return specs;
}

inline std::unique_ptr<Strategy> make_subject(const std::string& spec, AccessCounters& counters) {
  if (spec == "memory") return std::make_unique<MemoryStrategy>(0);
  if (spec == "memory:window=100") return std::make_unique<MemoryStrategy>(100);
  return strategies::make_strategy(spec, counters, test_plugins());
}

inline StrategyTraits traits_of(std::string_view spec) {
  for (const StrategyInfo& info : file_strategies()) {
    if (info.name == spec.substr(0, spec.find(':'))) return info.traits;
  }
  return {};
}

/// Reaches the file's bytes through a descriptor, and only when they are asked for.
inline bool reads_when_asked(std::string_view spec) {
  const StrategyTraits traits = traits_of(spec);
  return !traits.maps_files && traits.copies != Copies::kWholeFile;
}

inline std::vector<std::byte> scan_all(const ByteSource& source, std::uint64_t offset,
                                       std::uint64_t length) {
  std::vector<std::byte> content;
  const auto scan = source.scan(offset, length);
  for (Bytes window = scan->next(); !window.empty(); window = scan->next()) {
    content.insert(content.end(), window.span().begin(), window.span().end());
    window.reset();
  }
  return content;
}

inline bool same(std::span<const std::byte> left, std::span<const std::byte> right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace splitscope::test
