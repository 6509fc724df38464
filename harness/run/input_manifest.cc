#include "harness/run/input_manifest.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/death.h"
#include "base/digest.h"
#include "base/errors.h"
#include "base/file_error.h"
#include "base/output_place.h"
#include "base/printable.h"
#include "base/strict_json.h"

namespace splitscope::run {

namespace fs = std::filesystem;

namespace {

// Version of the form below; another one is not ours to read.
constexpr std::uint64_t kManifestVersion = 1;
constexpr std::uint64_t kMaxManifestBytes = 16 << 20;
constexpr std::size_t kHexDigits = 64;

// Files below `folder` by their path there, sorted.
std::vector<std::string> names_below(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).generic_string();
    if (name == kManifestFile || entry.is_directory()) continue;
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

ManifestEntry entry_of(const fs::path& file) {
  throw_if_dying();
  if (!fs::is_regular_file(fs::symlink_status(file))) {
    throw UsageError(printable(file.native()) + ": is no plain file");
  }
  return {fs::file_size(file), sha256_hex_of_file(file)};
}

}  // namespace

std::string Manifest::digest() const {
  FieldDigest digest;
  for (const auto& [name, entry] : files) {
    digest.add_field(name);
    digest.add_field(entry.sha256);
  }
  return "sha256:" + digest.hex();
}

Manifest manifest_of(const fs::path& folder, const std::string& key) {
  Manifest manifest;
  manifest.key = key;
  for (const std::string& name : names_below(folder)) {
    manifest.files[name] = entry_of(folder / name);
  }
  return manifest;
}

void write_manifest(const fs::path& folder, const Manifest& manifest) {
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  for (const auto& [name, entry] : manifest.files) {
    files[name] = {{"size_bytes", entry.size_bytes}, {"sha256", entry.sha256}};
  }
  const nlohmann::ordered_json value{
      {"splitscope_inputs", kManifestVersion}, {"key", manifest.key}, {"files", std::move(files)}};
  write_whole_file(folder / kManifestFile, value.dump(1) + "\n", Sync::kNo);
}

std::optional<Manifest> read_manifest(const fs::path& folder) {
  try {
    const std::string file = (folder / kManifestFile).string();
    const auto value = parse_strict_json(read_small_file(file, kMaxManifestBytes), file);
    const StrictJson top(value, file);
    top.allow_only({"splitscope_inputs", "key", "files"});
    (void)top.at("splitscope_inputs").whole(kManifestVersion, kManifestVersion);
    Manifest manifest;
    manifest.key = top.at("key").text();
    for (const auto& [name, entry] : top.at("files").members()) {
      entry.allow_only({"size_bytes", "sha256"});
      ManifestEntry& known = manifest.files[name];
      known.size_bytes = entry.at("size_bytes").whole(0, ~std::uint64_t{0});
      known.sha256 = entry.at("sha256").name(kHexDigits);
    }
    return manifest;
  } catch (const UsageError&) {
    return std::nullopt;
  } catch (const FileError&) {
    return std::nullopt;
  }
}

std::optional<std::string> stranger_in(const fs::path& folder, const Manifest& manifest) {
  for (const std::string& name : names_below(folder)) {
    if (manifest.files.find(name) == manifest.files.end()) return printable(name);
  }
  return std::nullopt;
}

std::optional<std::string> difference(const fs::path& folder, const Manifest& manifest) {
  if (const auto stranger = stranger_in(folder, manifest)) return *stranger + ": not made by us";
  for (const auto& [name, entry] : manifest.files) {
    const fs::path file = folder / name;
    std::error_code error;
    if (!fs::is_regular_file(fs::symlink_status(file, error))) return name + ": missing";
    if (fs::file_size(file) != entry.size_bytes) return name + ": another size";
    if (entry_of(file) != entry) return name + ": other bytes";
  }
  return std::nullopt;
}

std::string digest_of_inputs(const std::vector<fs::path>& inputs) {
  FieldDigest digest;
  for (const fs::path& input : inputs) {
    if (fs::is_directory(input)) {
      digest.add_field(manifest_of(input, "").digest());
    } else {
      throw_if_dying();
      digest.add_field(sha256_hex_of_file(input));
    }
  }
  return "sha256:" + digest.hex();
}

}  // namespace splitscope::run
