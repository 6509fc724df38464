#include "formats/split/describe.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/utf8_text.h"
#include "formats/segment/segment_files.h"
#include "formats/split/bundle.h"
#include "formats/split/hotcache.h"
#include "formats/split/open_index.h"

namespace splitscope::formats {
namespace {

using Json = nlohmann::ordered_json;

/// A name of the file system's, which may be no UTF-8: then its bytes stand beside it, in
/// hexadecimal.
void put_name(Json& json, const std::string& key, const std::string& name) {
  json[key] = utf8_text(name);
  if (is_utf8(name)) return;
  std::string bytes;
  for (const char c : name) bytes += fmt::format("{:02x}", static_cast<unsigned char>(c));
  json[key + "_bytes"] = std::move(bytes);
}

Json range_json(const ByteRange& range) { return {{"start", range.start}, {"end", range.end}}; }

Json files_json(const Bundle& bundle) {
  auto files = Json::array();
  for (const auto& file : bundle.files) {
    files.push_back({{"name", file.name},
                     {"size_bytes", file.range.size()},
                     {"start", file.range.start},
                     {"end", file.range.end}});
  }
  return files;
}

Json files_json(const std::vector<IndexFileEntry>& entries) {
  auto files = Json::array();
  for (const auto& file : entries) {
    Json entry;
    put_name(entry, "name", file.name);
    entry["size_bytes"] = file.size_bytes;
    files.push_back(std::move(entry));
  }
  return files;
}

Json fields_json(const Schema& schema) {
  auto fields = Json::array();
  for (const auto& field : schema.fields) {
    Json entry{{"field", fields.size()},   {"name", field.name}, {"type", to_text(field.type)},
               {"indexed", field.indexed}, {"fast", field.fast}, {"stored", field.stored}};
    if (field.indexed) {
      entry["fieldnorms"] = field.fieldnorms;
      entry["record"] = to_text(field.record);
      if (!field.tokenizer.empty()) entry["tokenizer"] = field.tokenizer;
    }
    fields.push_back(std::move(entry));
  }
  return fields;
}

Json segments_json(const IndexMeta& meta) {
  auto segments = Json::array();
  for (const auto& segment : meta.segments) {
    segments.push_back({{"segment_id", segment.segment_id},
                        {"max_doc", segment.max_doc},
                        {"deleted_docs", segment.deletes ? segment.deletes->num_deleted_docs : 0}});
  }
  return segments;
}

Json component_json(const SegmentFiles& segment, SegmentComponent component) {
  const auto& footer = *segment.footer(component);
  Json entry{{"file", segment.meta().file_name(component)},
             {"body_bytes", footer.body.size()},
             {"index_format_version", footer.index_format_version},
             {"tantivy_version", std::to_string(footer.major) + "." + std::to_string(footer.minor) +
                                     "." + std::to_string(footer.patch)},
             {"crc32", footer.crc}};
  if (const auto* composite = segment.composite(component)) {
    auto fields = Json::array();
    for (const auto& part : composite->entries()) {
      fields.push_back(
          {{"field", part.field}, {"start", part.range.start}, {"end", part.range.end}});
    }
    entry["fields"] = std::move(fields);
  }
  return entry;
}

Json components_json(IndexFiles& files) {
  auto components = Json::array();
  for (std::size_t i = 0; i < files.meta().segments.size(); ++i) {
    const SegmentFiles segment(files, i);
    for (const auto component :
         {SegmentComponent::kTerm, SegmentComponent::kPostings, SegmentComponent::kPositions,
          SegmentComponent::kFieldnorm, SegmentComponent::kStore, SegmentComponent::kFast}) {
      if (segment.footer(component) == nullptr) continue;
      components.push_back(component_json(segment, component));
    }
  }
  return components;
}

Json footer_json(const Bundle& bundle) {
  return {{"start", bundle.footer().start},
          {"end", bundle.footer().end},
          {"metadata", range_json(bundle.metadata)},
          {"hotcache", range_json(bundle.hotcache)},
          {"trailer", bundle.has_trailer}};
}

Json hotcache_json(const Hotcache& hotcache) {
  auto files = Json::array();
  for (const auto& file : hotcache.files()) {
    auto slices = Json::array();
    for (const auto& slice : file.slices) slices.push_back(range_json(slice.range));
    files.push_back({{"name", file.name},
                     {"total_bytes", file.total_length},
                     {"complete", file.complete()},
                     {"slices", std::move(slices)}});
  }
  return files;
}

/// What directories and splits have in common.
void describe_index(IndexFiles& files, Json& json) {
  json["segments"] = segments_json(files.meta());
  json["schema"] = fields_json(files.meta().schema);
  json["docstore_compression"] = files.meta().settings.docstore_compression;
  json["components"] = components_json(files);
}

Json describe_split(Strategy& strategy, const std::filesystem::path& path) {
  auto source = strategy.open(path);
  const SourceRange split(*source, path.filename().string());
  const auto bundle = read_bundle(split);
  Json json{{"kind", "split"}};
  put_name(json, "path", path.string());
  json["size_bytes"] = bundle.file_size;
  json["files"] = files_json(bundle);
  const SourceRange hotcache_range(*source, split.name() + ":hotcache", bundle.hotcache.start,
                                   bundle.hotcache.size());
  const Hotcache hotcache(hotcache_range);
  auto files = IndexFiles::from_split(std::move(source), path, bundle_parts(bundle));
  describe_index(files, json);
  json["footer"] = footer_json(bundle);
  json["hotcache"] = hotcache_json(hotcache);
  return json;
}

}  // namespace

Json describe(Strategy& strategy, const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return describe_split(strategy, path);
  auto files = IndexFiles::open_directory(strategy, path);
  Json json{{"kind", "directory"}};
  put_name(json, "path", path.string());
  json["size_bytes"] = files.total_bytes();
  json["files"] = files_json(files.list());
  describe_index(files, json);
  return json;
}

Json describe_files(Strategy& strategy, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return files_json(list_directory(path));
  const auto source = strategy.open(path);
  return files_json(read_bundle(SourceRange(*source, path.filename().string())));
}

}  // namespace splitscope::formats
