// Data sets: generated once, kept by what they were generated from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/run/input_spec.h"
#include "workloads/workload_info.h"

namespace splitscope::run {

/// What was generated: `count` index folders and the splits that they make.
struct InputSet {
  std::vector<std::filesystem::path> indexes;
  std::vector<std::filesystem::path> splits;
  /// "sha256:<hex>" of all bytes.
  std::string digest;

  /// The part of it that a workload takes.
  [[nodiscard]] std::vector<std::filesystem::path> for_workload(
      workloads::WorkloadInput input) const;
};

/// Fills `folder`, which exists and is empty, with "index-<n>/" and "split-<n>.split", n from 0.
using Generator = std::function<void(const InputSpec&, const std::filesystem::path& folder)>;

/// All that decides about the bytes besides the spec: the profile's content, the generator's
/// version, the libraries that pack. Errors: UsageError for an unknown profile.
using GeneratorSource = std::function<std::string(const InputSpec&)>;

/// Keeps data sets in a folder, one subfolder for each content of spec and source. Several
/// processes may share it; what a killed one left is cleared by the next. Before a set is used its
/// bytes are checked against the manifest that was written with it; one that was changed is made
/// anew, unless something lies in it that is not ours. Single-threaded.
class InputCache {
 public:
  InputCache(std::filesystem::path folder, Generator generate, GeneratorSource source,
             std::function<void(const std::string&)> note = {})
      : folder_(std::move(folder)),
        generate_(std::move(generate)),
        source_(std::move(source)),
        note_(std::move(note)) {}

  /// Generates what is not there yet. Each set is checked once. Errors: UsageError of the generator
  /// or for a folder in the way, FileError, Interrupted.
  [[nodiscard]] InputSet get(const InputSpec& spec);

 private:
  [[nodiscard]] std::string key_of(const InputSpec& spec) const;
  [[nodiscard]] std::filesystem::path place_of(const InputSpec& spec, const std::string& key) const;
  /// The set's digest; empty when there is none that is whole.
  [[nodiscard]] std::string checked(const std::filesystem::path& place, const std::string& key);
  [[nodiscard]] std::string make(const InputSpec& spec, const std::filesystem::path& place,
                                 const std::string& key);
  void note(const std::string& text) const {
    if (note_) note_(text);
  }

  std::filesystem::path folder_;
  Generator generate_;
  GeneratorSource source_;
  std::function<void(const std::string&)> note_;
  // By key.
  std::map<std::string, std::string> digests_;
};

/// --cache-dir, else $SPLITSCOPE_CACHE, else ".cache/splitscope" below the current folder.
[[nodiscard]] std::filesystem::path default_cache_folder();

}  // namespace splitscope::run
