// What tests of splits and indexes share: a plain strategy, a scratch folder, the real splits.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/testing/temporary_folder.h"
#include "strategies/interface/run_context.h"
#include "strategies/interface/strategy.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/fixtures.h"

namespace splitscope::test {

inline std::vector<std::byte> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::system_error(ENOENT, std::generic_category(), path.string());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  if (!out) throw std::system_error(EIO, std::generic_category(), path.string());
}

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

/// A folder of its own, removed at the end.
class ScratchFolder : public TemporaryFolder {
 public:
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path() / name;
  }
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

/// Names of what lies in a folder, sorted.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace splitscope::test
