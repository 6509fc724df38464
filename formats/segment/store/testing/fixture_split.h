// Takes a real split apart for tests, independently of the code under test: the file ranges come
// from the bundle metadata (section 1.1 of docs/split-format.md).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/testing/temporary_folder.h"
#include "formats/codec/source_range.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/fixtures.h"

namespace splitscope::test {

inline std::uint32_t u32_of(const std::vector<std::byte>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Without the file footer of tantivy: JSON, its length, magic.
inline std::vector<std::byte> without_file_footer(std::vector<std::byte> file) {
  file.resize(file.size() - 8 - u32_of(file, file.size() - 8));
  return file;
}

/// The body of the one file of `split` that ends in `extension` (".store", ".fast").
inline std::vector<std::byte> component(const std::filesystem::path& split,
                                        const std::string& extension) {
  const std::vector<std::byte> bytes = read_file(split);
  const std::size_t hotcache = bytes.size() - 4 - u32_of(bytes, bytes.size() - 4);
  const std::size_t metadata = hotcache - 4 - u32_of(bytes, hotcache - 4);
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const auto json = nlohmann::json::parse(text + metadata + 8, text + hotcache - 4);
  for (const auto& [name, range] : json.at("files").items()) {
    if (!name.ends_with(extension)) continue;
    const auto begin = bytes.begin() + range.at("start").get<std::ptrdiff_t>();
    const auto end = bytes.begin() + range.at("end").get<std::ptrdiff_t>();
    return without_file_footer({begin, end});
  }
  throw std::runtime_error(split.string() + " has no " + extension);
}

/// All splits of a folder of fixtures, sorted; none where the folder is absent.
inline std::vector<std::filesystem::path> fixture_splits(const std::string& folder) {
  std::vector<std::filesystem::path> splits;
  const auto path = fixture(folder);
  if (!path) return splits;
  for (const auto& entry : std::filesystem::directory_iterator(*path)) {
    if (entry.path().extension() == ".split") splits.push_back(entry.path());
  }
  std::sort(splits.begin(), splits.end());
  return splits;
}

}  // namespace splitscope::test
