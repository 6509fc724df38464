#include "formats/split/hotcache.h"

#include <algorithm>
#include <map>
#include <utility>

#include "formats/codec/byte_buffer.h"
#include "formats/codec/byte_reader.h"
#include "formats/codec/checked.h"

namespace splitscope::formats {
namespace {

constexpr std::uint32_t kMagic = 2'557'869'106;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kHeaderBytes = 12;
constexpr std::uint64_t kBodyLengthBytes = 8;
// Lists of files and slices are read whole; cached bytes are not. Opening a segment touches a few
// dozen ranges of about ten bytes each in the list.
constexpr std::uint64_t kMaxListBytes = std::uint64_t{64} << 20;

struct Section {
  std::string name;
  std::uint64_t start = 0;
};

/// The two halves of HotDirectoryMeta.
struct FileTable {
  std::map<std::string, std::uint64_t, std::less<>> lengths;
  std::vector<Section> sections;
};

/// A postcard count whose items take at least `min_item_bytes` each.
std::uint64_t read_count(ByteReader& reader, std::uint64_t min_item_bytes, const char* of_what) {
  const auto count = reader.leb128();
  if (count > reader.remaining() / min_item_bytes) {
    reader.fail("the hotcache claims " + std::to_string(count) + " " + of_what +
                ", more than there are bytes for");
  }
  return count;
}

std::string read_name(ByteReader& reader) {
  const auto length = reader.leb128();
  return std::string(reader.text(length));
}

FileTable read_file_table(ByteReader& reader) {
  constexpr std::uint64_t kMinPairBytes = 2;
  FileTable listing;
  for (auto left = read_count(reader, kMinPairBytes, "files"); left > 0; --left) {
    auto name = read_name(reader);
    const auto length = reader.leb128();
    if (!listing.lengths.emplace(std::move(name), length).second) {
      reader.fail("the hotcache lists a file twice");
    }
  }
  for (auto left = read_count(reader, kMinPairBytes, "slice caches"); left > 0; --left) {
    Section section;
    section.name = read_name(reader);
    section.start = reader.leb128();
    if (!listing.sections.empty() && section.start < listing.sections.back().start) {
      reader.fail("the slice caches are not in order of their offsets");
    }
    listing.sections.push_back(std::move(section));
  }
  if (!reader.at_end()) reader.fail("bytes are left over after the lists of the hotcache");
  return listing;
}

/// `at` is where the file's slice cache begins in the hotcache.
std::vector<CachedSlice> read_slices(ByteReader& reader, std::uint64_t at, std::uint64_t body_bytes,
                                     std::uint64_t total_length) {
  constexpr std::uint64_t kMinSliceBytes = 3;
  std::vector<CachedSlice> slices;
  const auto count = read_count(reader, kMinSliceBytes, "slices");
  slices.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto start = reader.leb128();
    const auto end = reader.leb128();
    const auto address = reader.leb128();
    if (start > end || end > total_length) reader.fail("a slice lies outside of its file");
    if (!slices.empty() && start < slices.back().range.end) reader.fail("two slices overlap");
    const auto body_end = checked_add(address, end - start);
    if (!body_end || *body_end > body_bytes)
      reader.fail("a slice lies outside of the cached bytes");
    slices.push_back({{start, end}, at + address});
  }
  if (!reader.at_end()) reader.fail("bytes are left over after a list of slices");
  return slices;
}

std::vector<CachedSlice> read_section(const SourceRange& hotcache, ByteRange section,
                                      std::uint64_t total_length) {
  if (section.size() < kBodyLengthBytes) {
    throw hotcache.error(section.start, "a slice cache has " + std::to_string(section.size()) +
                                            " bytes, at least 8 are needed");
  }
  const auto index_end = section.end - kBodyLengthBytes;
  const Bytes length = hotcache.read(index_end, kBodyLengthBytes);
  const auto body_bytes =
      ByteReader(length.span(), {hotcache.name(), index_end}).fixed<std::uint64_t>();
  if (body_bytes > index_end - section.start) {
    throw hotcache.error(index_end, "a slice cache claims " + std::to_string(body_bytes) +
                                        " cached bytes, but only " +
                                        std::to_string(index_end - section.start) + " are here");
  }
  const auto index_start = section.start + body_bytes;
  const auto index_bytes = index_end - index_start;
  if (index_bytes > kMaxListBytes) {
    throw hotcache.error(index_start, "a list of slices has " + std::to_string(index_bytes) +
                                          " bytes; at most " + std::to_string(kMaxListBytes) +
                                          " are read");
  }
  const Bytes index = hotcache.read(index_start, index_bytes);
  ByteReader reader(index.span(), {hotcache.name(), index_start});
  const auto claimed = reader.leb128();
  if (claimed != total_length) {
    reader.fail("a file has " + std::to_string(claimed) + " bytes here, " +
                std::to_string(total_length) + " in the list of files");
  }
  return read_slices(reader, section.start, body_bytes, total_length);
}

/// The postcard part of one file's slice cache.
void put_slice_index(const HotcachePlan::File& file, ByteBuffer& out) {
  out.leb128(file.content.size());
  out.leb128(file.ranges.size());
  std::uint64_t address = 0;
  for (const auto& range : file.ranges) {
    out.leb128(range.start);
    out.leb128(range.end);
    out.leb128(address);
    address += range.size();
  }
}

std::uint64_t body_length(const HotcachePlan::File& file) {
  std::uint64_t length = 0;
  for (const auto& range : file.ranges) length += range.size();
  return length;
}

void put_name(std::string_view name, ByteBuffer& out) {
  out.leb128(name.size());
  out.text(name);
}

/// Everything before the slice caches; `data_bytes` becomes their total length.
ByteBuffer plan_header(const HotcachePlan& plan, std::uint64_t& data_bytes) {
  ByteBuffer lists;
  lists.leb128(plan.files.size());
  for (const auto& file : plan.files) {
    put_name(file.name, lists);
    lists.leb128(file.content.size());
  }
  lists.leb128(plan.files.size());
  data_bytes = 0;
  ByteBuffer index;
  for (const auto& file : plan.files) {
    put_name(file.name, lists);
    lists.leb128(data_bytes);
    index.clear();
    put_slice_index(file, index);
    data_bytes += body_length(file) + index.size() + kBodyLengthBytes;
  }
  ByteBuffer header;
  header.fixed(kMagic);
  header.fixed(kVersion);
  header.fixed(static_cast<std::uint32_t>(lists.size()));
  header.bytes(lists.span());
  return header;
}

}  // namespace

Hotcache::Hotcache(const SourceRange& range) : range_(range) {
  const Bytes head = range.read(0, std::min(range.size(), kHeaderBytes));
  ByteReader header(head.span(), {range.name(), 0});
  const auto magic = header.fixed<std::uint32_t>();
  if (magic != kMagic) {
    throw range.error(0, "the hotcache begins with the number " + std::to_string(kMagic) +
                             ", found " + std::to_string(magic));
  }
  const auto version = header.fixed<std::uint32_t>();
  if (version != kVersion) {
    throw UnsupportedFeature(shown_name(range.name()) + ": hotcache version " +
                             std::to_string(version) + "; only version 1 can be read");
  }
  const std::uint64_t list_bytes = header.fixed<std::uint32_t>();
  const auto possible = std::min(range.size() - kHeaderBytes, kMaxListBytes);
  if (list_bytes > possible) {
    throw range.error(kHeaderBytes - 4, "the hotcache claims a list of " +
                                            std::to_string(list_bytes) + " bytes; at most " +
                                            std::to_string(possible) + " are possible here");
  }
  const Bytes list = range.read(kHeaderBytes, list_bytes);
  ByteReader reader(list.span(), {range.name(), kHeaderBytes});
  auto listing = read_file_table(reader);

  const auto data_start = kHeaderBytes + list_bytes;
  const auto data_bytes = range.size() - data_start;
  std::map<std::string_view, std::vector<CachedSlice>> slices;
  for (std::size_t i = 0; i < listing.sections.size(); ++i) {
    const auto& section = listing.sections[i];
    const auto end = i + 1 < listing.sections.size() ? listing.sections[i + 1].start : data_bytes;
    if (end > data_bytes || section.start > end) {
      throw range.error(data_start, "the slice cache of \"" + section.name +
                                        "\" lies past the end of the hotcache");
    }
    const auto length = listing.lengths.find(section.name);
    if (length == listing.lengths.end()) {
      throw range.error(data_start, "there are cached bytes of \"" + section.name +
                                        "\", which is not in the list of files");
    }
    auto read = read_section(range, {data_start + section.start, data_start + end}, length->second);
    if (!slices.emplace(section.name, std::move(read)).second) {
      throw range.error(data_start, "\"" + section.name + "\" has two slice caches");
    }
  }
  for (const auto& [name, length] : listing.lengths) {
    CachedFile file{name, length, {}};
    if (const auto found = slices.find(name); found != slices.end()) {
      file.slices = std::move(found->second);
    }
    files_.push_back(std::move(file));
  }
}

const CachedFile* Hotcache::find(std::string_view name) const {
  const auto found = std::lower_bound(files_.begin(), files_.end(), name,
                                      [](const auto& file, auto key) { return file.name < key; });
  return found == files_.end() || found->name != name ? nullptr : &*found;
}

std::optional<Bytes> Hotcache::read(std::string_view name, std::uint64_t offset,
                                    std::uint64_t length) const {
  const auto* file = find(name);
  if (file == nullptr) return std::nullopt;
  // The last slice that begins at or before the offset.
  const auto after =
      std::upper_bound(file->slices.begin(), file->slices.end(), offset,
                       [](auto key, const auto& slice) { return key < slice.range.start; });
  if (after == file->slices.begin()) return std::nullopt;
  const auto& slice = *(after - 1);
  if (offset > slice.range.end || length > slice.range.end - offset) return std::nullopt;
  return range_.read(slice.address + (offset - slice.range.start), length);
}

void HotcachePlan::seal() {
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.name < b.name; });
  for (auto& file : files) {
    std::sort(file.ranges.begin(), file.ranges.end(),
              [](const ByteRange& a, const ByteRange& b) { return a.start < b.start; });
    std::vector<ByteRange> joined;
    for (const auto& range : file.ranges) {
      if (range.size() == 0) continue;
      if (!joined.empty() && range.start <= joined.back().end) {
        joined.back().end = std::max(joined.back().end, range.end);
      } else {
        joined.push_back(range);
      }
    }
    file.ranges = std::move(joined);
  }
}

std::uint64_t hotcache_length(const HotcachePlan& plan) {
  std::uint64_t data_bytes = 0;
  const auto header = plan_header(plan, data_bytes);
  return header.size() + data_bytes;
}

void write_hotcache(const HotcachePlan& plan, ByteSink& sink) {
  std::uint64_t data_bytes = 0;
  ByteBuffer buffer = plan_header(plan, data_bytes);
  sink.write(buffer.span());
  for (const auto& file : plan.files) {
    for (const auto& range : file.ranges) {
      sink.copy_from(file.content.source(), file.content.offset() + range.start, range.size());
    }
    buffer.clear();
    put_slice_index(file, buffer);
    buffer.fixed(body_length(file));
    sink.write(buffer.span());
  }
}

}  // namespace splitscope::formats
