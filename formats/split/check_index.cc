#include "formats/split/check_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "formats/codec/byte_reader.h"
#include "formats/codec/scan_reader.h"
#include "formats/errors.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/file_footer.h"
#include "formats/segment/json_text.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/store/store_reader.h"
#include "formats/split/bundle.h"
#include "formats/split/split_fields.h"

namespace splitscope::formats {
namespace {

/// What a writer says of itself in each footer.
std::string version_of(const FileFooter& footer) {
  return fmt::format("tantivy {}.{}.{}, format {}", footer.major, footer.minor, footer.patch,
                     footer.index_format_version);
}

/// The file of one component, or a FormatError that says who needs it.
SourceRange component_file(IndexFiles& files, const SegmentMeta& segment,
                           SegmentComponent component) {
  const std::string name = segment.file_name(component);
  if (files.contains(name)) return files.file(name);
  throw FormatError(files.path().string(), 0,
                    "the index has no file \"" + name + "\", but meta.json lists the segment " +
                        segment.segment_id);
}

/// Reads a .del file: the number of documents, then a bit for each that is alive, in words of 64.
void check_deletes(const SourceRange& body, const SegmentMeta& segment) {
  ScanReader in(body);
  const auto documents = in.fixed<std::uint32_t>();
  std::uint64_t alive = 0;
  while (in.remaining() > 0) {
    alive += static_cast<std::uint64_t>(std::popcount(in.fixed<std::uint64_t>()));
  }
  const std::uint64_t deleted = segment.deletes->num_deleted_docs;
  if (documents == segment.max_doc && alive + deleted == documents) return;
  throw body.error(0,
                   fmt::format("{} of {} documents are alive here; meta.json says {} documents, {} "
                               "of them deleted",
                               alive, documents, segment.max_doc, deleted));
}

void check_checksums(IndexFiles& files, const SegmentMeta& segment) {
  std::string first_name;
  std::string first_version;
  for (const SegmentComponent component : kSegmentComponents) {
    // Whether this one is needed is the schema's matter: SegmentFiles decides.
    if (component == SegmentComponent::kPositions &&
        !files.contains(segment.file_name(component))) {
      continue;
    }
    const FileFooter footer = read_file_footer(component_file(files, segment, component));
    check_crc(footer);
    const std::string version = version_of(footer);
    if (first_name.empty()) {
      first_name = segment.file_name(component);
      first_version = version;
    } else if (version != first_version) {
      throw footer.body.error(footer.json.start, "the footer says " + version + ", that of \"" +
                                                     first_name + "\" says " + first_version +
                                                     ": a segment has one writer");
    }
  }
  if (const auto name = segment.delete_file_name()) {
    const FileFooter footer = read_file_footer(files.file(*name));
    check_crc(footer);
    check_deletes(footer.body, segment);
  }
}

void check_counts(const SegmentFiles& segment) {
  try {
    StoreReader(segment.store()).expect_documents(segment.meta().max_doc);
    ColumnarReader(segment.columns()).expect_rows(segment.meta().max_doc);
  } catch (const UnsupportedFeature&) {
    // Whoever reads inside says so; extract and convert take it as it is.
  }
}

bool ends_like_a_segment_file(const SourceRange& file) {
  constexpr std::uint64_t kTailBytes = 8;
  constexpr std::uint32_t kMagic = 1337;
  if (file.size() < kTailBytes) return false;
  const Bytes tail = file.read(file.size() - sizeof kMagic, sizeof kMagic);
  return ByteReader(tail.span()).fixed<std::uint32_t>() == kMagic;
}

/// Files of nobody, such as segments that were merged away: checked when they can be.
void check_other_files(IndexFiles& files, const std::vector<std::string>& known) {
  for (const IndexFileEntry& entry : files.list()) {
    if (std::find(known.begin(), known.end(), entry.name) != known.end()) continue;
    check_any_file(files.file(entry.name));
  }
}

/// tantivy writes down each file before it makes it.
void check_managed(IndexFiles& files, const std::vector<std::string>& known) {
  if (!files.contains(kManagedFile)) return;
  const SourceRange file = files.file(kManagedFile);
  const Bytes text = file.read(0, file.size());
  const auto json = parse_json<nlohmann::json>(
      {reinterpret_cast<const char*>(text.data()), text.size()}, file.name());
  if (!json.is_array()) throw file.error(0, "the list of files must be a JSON array");
  std::vector<std::string> listed;
  for (const auto& name : json) listed.push_back(json_string(name, file.name(), "a name"));
  const auto is_listed = [&](const std::string& name) {
    return std::find(listed.begin(), listed.end(), name) != listed.end();
  };
  // A list that knows none of them is another index's, and nobody's harm.
  if (std::none_of(known.begin(), known.end(), is_listed)) return;
  for (const std::string& name : known) {
    if (!files.contains(name) || is_listed(name)) continue;
    throw file.error(0, "it lists files of this index, but not \"" + name + "\"");
  }
}

void check_split_fields(IndexFiles& files) {
  if (!files.contains(kSplitFieldsFile)) return;
  const SourceRange file = files.file(kSplitFieldsFile);
  // Nothing to read, or the first layout, which is not read here.
  constexpr auto kFirstVersion = std::byte{1};
  if (file.size() == 0 || file.read(0, 1).data()[0] == kFirstVersion) return;
  const std::vector<SplitField> fields = decode_split_fields(file);
  const Schema& schema = files.meta().schema;
  // Only its documents know the fields of a JSON field.
  if (std::any_of(schema.fields.begin(), schema.fields.end(),
                  [](const FieldEntry& field) { return field.type == FieldType::kJson; })) {
    return;
  }
  const std::vector<SplitField> known = split_fields_of(schema);
  for (const SplitField& field : fields) {
    const bool found = std::any_of(known.begin(), known.end(), [&](const SplitField& other) {
      return std::tie(other.name, other.type) == std::tie(field.name, field.type);
    });
    if (!found) {
      throw file.error(
          0, fmt::format("it lists the field {} of type {}, which the schema in "
                         "meta.json does not have",
                         nlohmann::json(field.name)
                             .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace),
                         field.type));
    }
  }
}

bool is_one_bit_off(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  int bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    bits += std::popcount(static_cast<unsigned char>(a[i] ^ b[i]));
  }
  return bits == 1;
}

/// Nothing repeats the names of the two files that Quickwit adds. Absent is right for either, but
/// not with a file beside it whose name is nearly theirs.
void check_added_names(const IndexFiles& files) {
  for (const std::string_view name : {kSplitFieldsFile, kRecoveryMetadataFile}) {
    if (files.contains(name)) continue;
    for (const IndexFileEntry& entry : files.list()) {
      if (!is_one_bit_off(entry.name, name)) continue;
      throw FormatError(files.path().string(), 0,
                        "it has a file \"" + entry.name + "\", one bit off \"" + std::string(name) +
                            "\", which it lacks: the name is damaged");
    }
  }
}

}  // namespace

void check_any_file(const SourceRange& file) {
  if (!ends_like_a_segment_file(file)) return;
  FileFooter footer;
  try {
    footer = read_file_footer(file);
  } catch (const std::runtime_error&) {
    return;  // a format to come, or the number at its end is a coincidence
  }
  check_crc(footer);
}

void check_index(IndexFiles& files) {
  std::vector<std::string> known;
  for (const SegmentMeta& segment : files.meta().segments) {
    check_checksums(files, segment);
    for (const SegmentComponent component : kSegmentComponents) {
      known.push_back(segment.file_name(component));
    }
    if (auto name = segment.delete_file_name()) known.push_back(*std::move(name));
  }
  for (std::size_t i = 0; i < files.meta().segments.size(); ++i) {
    check_counts(SegmentFiles(files, i));
  }
  check_managed(files, known);
  known.emplace_back(kMetaFile);
  known.emplace_back(kManagedFile);
  known.emplace_back(kSplitFieldsFile);
  check_other_files(files, known);
  check_added_names(files);
  check_split_fields(files);
}

}  // namespace splitscope::formats
