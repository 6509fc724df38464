// What tests of splits and indexes share: a plain strategy, the real splits.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/testing/temporary_folder.h"
#include "strategies/interface/run_context.h"
#include "strategies/interface/strategy.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/fixtures.h"

namespace splitscope::test {

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

/// Whole files in memory, handed out in small windows so that records straddle them.
class PlainStrategy final : public Strategy {
 public:
  explicit PlainStrategy(std::size_t window_bytes = 61) : window_bytes_(window_bytes) {}

  [[nodiscard]] std::string name() const override { return "plain"; }
  [[nodiscard]] std::unique_ptr<ByteSource> open(const std::filesystem::path& path) override {
    return std::make_unique<MemorySource>(read_file(path), window_bytes_);
  }
  [[nodiscard]] std::unique_ptr<ByteSink> create(const std::filesystem::path& path) override {
    return std::make_unique<Sink>(path);
  }
  [[nodiscard]] std::uint64_t expected_peak(std::span<const std::uint64_t>) const override {
    return 0;
  }

 private:
  class Sink final : public ByteSink {
   public:
    explicit Sink(std::filesystem::path path) : path_(std::move(path)) {}

   private:
    void append(std::span<const std::byte> bytes) override {
      content_.insert(content_.end(), bytes.begin(), bytes.end());
    }
    void complete() override { write_file(path_, content_); }

    std::filesystem::path path_;
    std::vector<std::byte> content_;
  };

  std::size_t window_bytes_;
};

/// Notes the phases.
class NotingContext final : public RunContext {
 public:
  void phase(std::string_view name) override { phases.emplace_back(name); }
  void count(std::string_view, std::uint64_t) override {}
  std::vector<std::string> phases;
};

/// Every real split, sorted; empty where the fixtures are absent.
inline std::vector<std::filesystem::path> real_splits() {
  std::vector<std::filesystem::path> splits;
  const auto root = fixture("splits");
  if (!root) return splits;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*root)) {
    if (entry.path().extension() == ".split") splits.push_back(entry.path());
  }
  std::sort(splits.begin(), splits.end());
  return splits;
}

/// Every split of others that is there and can be read: golden ones always.
inline std::vector<std::filesystem::path> foreign_splits() {
  auto splits = readable_golden_splits();
  for (auto& path : real_splits()) splits.push_back(std::move(path));
  return splits;
}

}  // namespace splitscope::test
