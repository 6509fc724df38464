#include "formats/split/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "formats/codec/byte_reader.h"
#include "formats/segment/json_text.h"

namespace splitscope::formats {
namespace {

constexpr std::uint32_t kMetadataMagic = 403'881'646;
constexpr std::uint32_t kMetadataVersion = 1;
constexpr std::uint64_t kHeaderBytes = 8;
constexpr std::uint64_t kLengthBytes = 4;
constexpr std::uint64_t kTrailerBytes = 16;
constexpr std::uint32_t kTrailerVersion = 1;
constexpr std::string_view kTrailerMagic = "QWFT";
// A split has about ten files. Room for half a million names, and no more than that on the heap
// because of a false length.
constexpr std::uint64_t kMaxMetadataBytes = std::uint64_t{64} << 20;
// What Linux file systems take as a name.
constexpr std::size_t kMaxNameBytes = 255;

/// The layout of Quickwit 0.5 and before had 8-byte lengths and bare JSON. Read as the layout of
/// today it gives a hotcache of 0 bytes, because those are the upper half of its last length.
bool is_layout_of_0_5(const SourceRange& split) {
  constexpr std::uint64_t kOldLengthBytes = 8;
  const auto size = split.size();
  if (size < 2 * kOldLengthBytes) return false;
  const auto read_length = [&](std::uint64_t at) {
    const Bytes bytes = split.read(at, kOldLengthBytes);
    return ByteReader(bytes.span()).fixed<std::uint64_t>();
  };
  const auto hotcache = read_length(size - kOldLengthBytes);
  if (hotcache > size - 2 * kOldLengthBytes) return false;
  const auto metadata_end = size - 2 * kOldLengthBytes - hotcache;
  const auto metadata = read_length(metadata_end);
  if (metadata == 0 || metadata > metadata_end) return false;
  const Bytes first = split.read(metadata_end - metadata, 1);
  return first.data()[0] == std::byte{'{'};
}

[[noreturn]] void refuse_old_layout(const SourceRange& split) {
  throw UnsupportedFeature(shown_name(split.name()) +
                           ": this split was written by Quickwit 0.5 or older; splits of 0.6 and "
                           "newer can be read. Re-index it or let a newer Quickwit merge it");
}

std::uint32_t read_u32(const SourceRange& split, std::uint64_t at) {
  const Bytes bytes = split.read(at, kLengthBytes);
  return ByteReader(bytes.span(), {split.name(), at}).fixed<std::uint32_t>();
}

struct Trailer {
  std::uint64_t footer_start = 0;
};

/// The 16 bytes that newer Quickwits may append, or nothing.
std::optional<Trailer> read_trailer(const SourceRange& split) {
  if (split.size() < kTrailerBytes) return std::nullopt;
  const auto at = split.size() - kTrailerBytes;
  const Bytes bytes = split.read(at, kTrailerBytes);
  ByteReader reader(bytes.span(), {split.name(), at});
  Trailer trailer;
  trailer.footer_start = reader.fixed<std::uint64_t>();
  const auto version = reader.fixed<std::uint32_t>();
  if (reader.text(kTrailerMagic.size()) != kTrailerMagic) return std::nullopt;
  if (version != kTrailerVersion) {
    throw UnsupportedFeature(shown_name(split.name()) + ": footer trailer version " +
                             std::to_string(version) + "; only version 1 can be read");
  }
  if (trailer.footer_start > at) {
    throw split.error(at, "the trailer says that the footer begins at " +
                              std::to_string(trailer.footer_start) + ", past itself");
  }
  return trailer;
}

std::vector<BundleFile> parse_files(const SourceRange& split, ByteRange metadata) {
  const Bytes bytes = split.read(metadata.start, metadata.size());
  ByteReader header(bytes.span(), {split.name(), metadata.start});
  const auto magic = header.fixed<std::uint32_t>();
  if (magic != kMetadataMagic) {
    throw split.error(metadata.start, "the bundle metadata begins with the number " +
                                          std::to_string(kMetadataMagic) + ", found " +
                                          std::to_string(magic) +
                                          ": no split, or one that was cut off");
  }
  const auto version = header.fixed<std::uint32_t>();
  if (version != kMetadataVersion) {
    throw UnsupportedFeature(shown_name(split.name()) + ": bundle metadata version " +
                             std::to_string(version) + "; only version 1 can be read");
  }
  const auto json = parse_json<nlohmann::json>(header.text(header.remaining()), split.name(),
                                               metadata.start + kHeaderBytes);
  const auto& entries =
      json_member(json, "files", split.name(), "the bundle metadata", metadata.start);
  if (!entries.is_object()) {
    throw split.error(metadata.start, "\"files\" of the bundle metadata must be an object");
  }
  std::vector<BundleFile> files;
  files.reserve(entries.size());
  for (const auto& [name, range] : entries.items()) {
    const auto problem = file_name_problem(name);
    if (!problem.empty()) {
      throw split.error(metadata.start, "a file is named " + nlohmann::json(name).dump() +
                                            ", which " + problem + ": refused");
    }
    // Named anew because clang 14 does not capture structured bindings.
    const auto offset = [&, &range = range, &name = name](const char* key) {
      const auto& value =
          json_member(range, key, split.name(), fmt::format("file \"{}\"", name), metadata.start);
      return json_unsigned(value, std::numeric_limits<std::uint64_t>::max(), split.name(),
                           fmt::format("\"{}\" of file \"{}\"", key, name), metadata.start);
    };
    const ByteRange place{offset("start"), offset("end")};
    if (place.start > place.end || place.end > metadata.start) {
      throw split.error(metadata.start,
                        "file \"" + name + "\" lies at bytes " + std::to_string(place.start) +
                            " to " + std::to_string(place.end) +
                            ", but the payload has bytes 0 to " + std::to_string(metadata.start));
    }
    files.push_back({name, place});
  }
  return files;
}

void sort_by_place(const SourceRange& split, std::uint64_t at, std::vector<BundleFile>& files) {
  std::sort(files.begin(), files.end(), [](const BundleFile& a, const BundleFile& b) {
    return std::tie(a.range.start, a.range.end, a.name) <
           std::tie(b.range.start, b.range.end, b.name);
  });
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (files[i - 1].range.end > files[i].range.start) {
      throw split.error(
          at, "files \"" + files[i - 1].name + "\" and \"" + files[i].name + "\" overlap");
    }
  }
}

}  // namespace

const BundleFile* Bundle::find(std::string_view name) const {
  for (const auto& entry : files) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

SourceRange Bundle::file(const SourceRange& split, const BundleFile& entry) const {
  return {split.source(), split.name() + ":" + entry.name, split.offset() + entry.range.start,
          entry.range.size()};
}

Bundle read_bundle(const SourceRange& split) {
  Bundle bundle;
  bundle.file_size = split.size();
  const auto trailer = read_trailer(split);
  bundle.has_trailer = trailer.has_value();
  const auto end = split.size() - (trailer ? kTrailerBytes : 0);
  if (end < 2 * kLengthBytes + kHeaderBytes) {
    throw split.error(0, "a split has a footer of at least 16 bytes, but only " +
                             std::to_string(end) + " are here");
  }
  const auto hotcache_length_at = end - kLengthBytes;
  const std::uint64_t hotcache_bytes = read_u32(split, hotcache_length_at);
  if (hotcache_bytes == 0 && !trailer && is_layout_of_0_5(split)) refuse_old_layout(split);
  if (hotcache_bytes > hotcache_length_at - kLengthBytes) {
    throw split.error(hotcache_length_at, "the footer claims a hotcache of " +
                                              std::to_string(hotcache_bytes) + " bytes, but only " +
                                              std::to_string(hotcache_length_at - kLengthBytes) +
                                              " lie before it: no split, or one that was cut off");
  }
  bundle.hotcache = {hotcache_length_at - hotcache_bytes, hotcache_length_at};
  const auto metadata_length_at = bundle.hotcache.start - kLengthBytes;
  const std::uint64_t metadata_bytes = read_u32(split, metadata_length_at);
  if (metadata_bytes < kHeaderBytes ||
      metadata_bytes > std::min(metadata_length_at, kMaxMetadataBytes)) {
    throw split.error(metadata_length_at,
                      "the footer claims " + std::to_string(metadata_bytes) +
                          " bytes of bundle metadata; 8 to " +
                          std::to_string(std::min(metadata_length_at, kMaxMetadataBytes)) +
                          " are possible here: no split, or one that was cut off");
  }
  bundle.metadata = {metadata_length_at - metadata_bytes, metadata_length_at};
  if (trailer && trailer->footer_start != bundle.metadata.start) {
    throw split.error(end, "the trailer says that the footer begins at " +
                               std::to_string(trailer->footer_start) + ", its lengths say " +
                               std::to_string(bundle.metadata.start));
  }
  bundle.files = parse_files(split, bundle.metadata);
  sort_by_place(split, bundle.metadata.start, bundle.files);
  return bundle;
}

std::string file_name_problem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name == "." || name == "..") return "is no file name";
  if (name.find('/') != name.npos) return "holds a '/'";
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return "holds a control character";
  }
  if (name.size() > kMaxNameBytes) return "is longer than 255 bytes";
  try {
    static_cast<void>(nlohmann::json(name).dump());
  } catch (const nlohmann::json::type_error&) {
    return "is not UTF-8";
  }
  return {};
}

ByteBuffer bundle_metadata(std::span<const BundleItem> files) {
  std::set<std::string_view> names;
  // Built by hand so that a large listing keeps its order without quadratic look-ups.
  std::string json = R"({"files":{)";
  std::uint64_t offset = 0;
  for (const auto& file : files) {
    const auto problem = file_name_problem(file.name);
    if (!problem.empty()) {
      throw std::invalid_argument("file name \"" + file.name + "\" " + problem);
    }
    if (!names.insert(file.name).second) {
      throw std::invalid_argument("two files are named \"" + file.name + "\"");
    }
    if (names.size() > 1) json += ',';
    const auto end = offset + file.length;
    json += nlohmann::json(file.name).dump() + R"(:{"start":)" + std::to_string(offset) +
            R"(,"end":)" + std::to_string(end) + '}';
    offset = end;
  }
  json += "}}";
  if (json.size() > kMaxMetadataBytes - kHeaderBytes) {
    throw std::invalid_argument("too many files for the metadata of one split");
  }
  ByteBuffer buffer;
  buffer.reserve(kHeaderBytes + json.size());
  buffer.fixed(kMetadataMagic);
  buffer.fixed(kMetadataVersion);
  buffer.text(json);
  return buffer;
}

}  // namespace splitscope::formats
