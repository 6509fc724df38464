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
#include "base/testing/temp_dir.h"
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
    return std::make_unique<MemorySource>(file_bytes(path), window_bytes_);
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

inline const strategies::Plugin& test_plugin() {
  static const strategies::Plugin plugin = strategies::load_plugin(SPLITSCOPE_TEST_PLUGIN);
  return plugin;
}

/// Every strategy that touches files, and those options that lead through other code.
inline std::vector<std::string> file_subjects() {
  std::vector<std::string> specs;
  for (const StrategyInfo& info : strategies::all_strategies()) specs.push_back(info.name);
  for (const char* const variant :
       {"lazy-mmap:window=1000", "mmap-view:advice=sequential", "mmap-view:advice=random",
        "mmap-view:advice=willneed", "pooled-buffer:buffers=2,size=1000",
        "pooled-buffer:buffers=1,size=64", "streaming:window=1000,readahead=4KiB",
        "streaming:readahead=off", "streaming:window=64,readahead=64",
        "streaming:window=16KiB,drop-behind=on", "extra-copy"}) {
    specs.emplace_back(variant);
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
  return strategies::make_strategy(spec, counters, {&test_plugin(), 1});
}

inline bool maps_files(std::string_view spec) {
  const std::string_view name = spec.substr(0, spec.find(':'));
  return name == "full-copy" || name == "lazy-mmap" || name == "mmap-view" || name == "extra-copy";
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
