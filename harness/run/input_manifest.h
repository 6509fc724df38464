// What a generated data set consists of, byte by byte: written beside it, checked before it is
// used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace splitscope::run {

/// Lies in the data set's folder.
inline constexpr std::string_view kManifestFile = "manifest.json";

struct ManifestEntry {
  std::uint64_t size_bytes = 0;
  std::string sha256;

  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

struct Manifest {
  /// What the set was made from: equal keys, equal bytes.
  std::string key;
  /// Path below the folder -> the file; the manifest itself is not among them.
  std::map<std::string, ManifestEntry> files;

  /// "sha256:<hex>" over all of it.
  [[nodiscard]] std::string digest() const;
};

/// Reads every file below `folder`. Errors: FileError; UsageError for what is neither file nor
/// folder.
[[nodiscard]] Manifest manifest_of(const std::filesystem::path& folder, const std::string& key);

void write_manifest(const std::filesystem::path& folder, const Manifest& manifest);

/// Nothing when `folder` holds no manifest that we can have written.
[[nodiscard]] std::optional<Manifest> read_manifest(const std::filesystem::path& folder);

/// Names of what lies in `folder` and not in the manifest; empty for none.
[[nodiscard]] std::optional<std::string> stranger_in(const std::filesystem::path& folder,
                                                     const Manifest& manifest);

/// What in `folder` is no longer as the manifest says, "split-1.split: other bytes than it was made
/// with"; nothing when all is well. Reads everything.
[[nodiscard]] std::optional<std::string> difference(const std::filesystem::path& folder,
                                                    const Manifest& manifest);

/// "sha256:<hex>" over the bytes of files, and of folders with the names in them, in their order.
[[nodiscard]] std::string digest_of_inputs(const std::vector<std::filesystem::path>& inputs);

}  // namespace splitscope::run
