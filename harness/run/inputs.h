// Data sets: generated once, kept by what they were generated from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/run/catalogs.h"

namespace splitscope::run {

/// Says what to generate; the same values give the same bytes.
struct InputSpec {
  std::string profile = "logs";
  /// Of each split, roughly.
  std::uint64_t size_bytes = 0;
  int count = 1;
  std::uint64_t seed = 42;

  /// "logs-20MB", "logs-5x4MB", with "-s7" for a seed other than 42.
  [[nodiscard]] std::string label() const;
};

/// What was generated: `count` index folders and the splits that they make.
struct InputSet {
  std::vector<std::filesystem::path> indexes;
  std::vector<std::filesystem::path> splits;

  /// The part of it that a workload of this kind takes.
  [[nodiscard]] std::vector<std::filesystem::path> of_kind(InputKind kind) const;
};

/// Fills `folder`, which exists and is empty, with "index-<n>/" and "split-<n>.split", n from 0.
using Generator = std::function<void(const InputSpec&, const std::filesystem::path& folder)>;

/// Keeps data sets in a folder, one subfolder for each spec. Several processes may share it.
class InputCache {
 public:
  InputCache(std::filesystem::path folder, Generator generate)
      : folder_(std::move(folder)), generate_(std::move(generate)) {}

  [[nodiscard]] bool has(const InputSpec& spec) const;

  /// Generates what is not there yet. Errors: UsageError of the generator, std::system_error.
  [[nodiscard]] InputSet get(const InputSpec& spec) const;

 private:
  [[nodiscard]] std::filesystem::path place_of(const InputSpec& spec) const;

  std::filesystem::path folder_;
  Generator generate_;
};

/// --cache-dir, else $SPLITSCOPE_CACHE, else ".cache/splitscope" below the current folder.
[[nodiscard]] std::filesystem::path default_cache_folder();

}  // namespace splitscope::run
