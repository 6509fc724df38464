// Takes the files out of a real split for tests, without the split reader: bundle metadata, file
// footers and composite footers (sections 1.1, 2.1 and 2.2 of docs/split-format.md). Trusts its
// input.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/testing/temporary_folder.h"
#include "formats/codec/byte_reader.h"

namespace splitscope::test {

using FileBytes = std::vector<std::byte>;

inline std::uint32_t u32_before(std::span<const std::byte> bytes, std::size_t end) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + end - sizeof value, sizeof value);
  return value;
}

/// The fields of a composite file, by number. `file` still has tantivy's footer.
inline std::map<std::uint32_t, FileBytes> composite_fields(std::span<const std::byte> file) {
  const std::size_t body = file.size() - 8 - u32_before(file, file.size() - 4);
  const std::size_t footer = body - 4 - u32_before(file, body);
  formats::ByteReader reader(file.subspan(footer, body - 4 - footer));
  std::vector<std::pair<std::uint32_t, std::uint64_t>> starts;
  std::uint64_t offset = 0;
  for (std::uint64_t left = reader.vint(); left > 0; --left) {
    offset += reader.vint();
    const auto field = reader.fixed<std::uint32_t>();
    (void)reader.vint();
    starts.emplace_back(field, offset);
  }
  std::map<std::uint32_t, FileBytes> fields;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::uint64_t end = i + 1 < starts.size() ? starts[i + 1].second : footer;
    const auto part = file.subspan(starts[i].second, end - starts[i].second);
    fields[starts[i].first].assign(part.begin(), part.end());
  }
  return fields;
}

struct FixtureSplit {
  nlohmann::json meta;
  std::map<std::uint32_t, FileBytes> term;
  std::map<std::uint32_t, FileBytes> idx;
  std::map<std::uint32_t, FileBytes> pos;
  std::map<std::uint32_t, FileBytes> fieldnorm;
  /// The body of `.fast`, without footers.
  FileBytes fast;
};

inline FixtureSplit read_fixture_split(const std::filesystem::path& path) {
  const FileBytes file = read_file(path);
  const std::size_t metadata_end = file.size() - 4 - u32_before(file, file.size()) - 4;
  const std::size_t metadata = metadata_end - u32_before(file, metadata_end + 4);
  const auto* text = reinterpret_cast<const char*>(file.data());
  const auto bundle = nlohmann::json::parse(text + metadata + 8, text + metadata_end);
  FixtureSplit split;
  for (const auto& [name, range] : bundle.at("files").items()) {
    const auto start = range.at("start").get<std::size_t>();
    const auto part = std::span(file).subspan(start, range.at("end").get<std::size_t>() - start);
    const std::string extension = std::filesystem::path(name).extension().string();
    if (name == "meta.json") {
      const auto* json = reinterpret_cast<const char*>(part.data());
      split.meta = nlohmann::json::parse(json, json + part.size());
    } else if (extension == ".term") {
      split.term = composite_fields(part);
    } else if (extension == ".idx") {
      split.idx = composite_fields(part);
    } else if (extension == ".pos") {
      split.pos = composite_fields(part);
    } else if (extension == ".fieldnorm") {
      split.fieldnorm = composite_fields(part);
    } else if (extension == ".fast") {
      const std::size_t body = part.size() - 8 - u32_before(part, part.size() - 4);
      split.fast.assign(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(body));
    }
  }
  return split;
}

}  // namespace splitscope::test
