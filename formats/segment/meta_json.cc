#include "formats/segment/meta_json.h"

#include <limits>
#include <stdexcept>

#include "formats/segment/json_text.h"
#include "formats/segment/limits.h"

namespace splitscope::formats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kStemLength = 32;
constexpr auto kMaxU64 = std::numeric_limits<std::uint64_t>::max();
constexpr auto kMaxU32 = std::numeric_limits<std::uint32_t>::max();

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_dash_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

bool is_dashed_uuid(std::string_view id) {
  if (id.size() != kStemLength + 4) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (is_dash_place(i) ? id[i] != '-' : !is_lower_hex(id[i])) return false;
  }
  return true;
}

IndexSettings parse_settings(const Json& settings, const std::string& file) {
  IndexSettings parsed;
  Json other = Json::object();
  if (!settings.is_object()) throw FormatError(file, 0, "\"index_settings\" must be an object");
  for (const auto& [key, value] : settings.items()) {
    const auto where = "index_settings." + key;
    if (key == "sort_by_field") {
      if (value.is_null()) continue;
      parsed.sort_by_field = SortByField{
          json_string(json_member(value, "field", file, where), file, where + ".field"),
          json_string(json_member(value, "order", file, where), file, where + ".order")};
    } else if (key == "docstore_compression") {
      parsed.docstore_compression = json_string(value, file, where);
    } else if (key == "docstore_blocksize") {
      parsed.docstore_blocksize = json_unsigned(value, kMaxU64, file, where);
    } else {
      other[key] = value;
    }
  }
  if (!other.empty()) parsed.other_json = other.dump();
  return parsed;
}

SegmentMeta parse_segment(const Json& segment, const std::string& file, const std::string& where) {
  SegmentMeta parsed;
  parsed.segment_id =
      json_string(json_member(segment, "segment_id", file, where), file, where + ".segment_id");
  if (!is_dashed_uuid(parsed.segment_id)) {
    throw FormatError(file, 0,
                      where + ".segment_id is \"" + parsed.segment_id +
                          "\", expected a lower-case UUID with dashes");
  }
  parsed.max_doc = static_cast<std::uint32_t>(json_unsigned(
      json_member(segment, "max_doc", file, where), kMaxDocs, file, where + ".max_doc"));
  const auto deletes = segment.find("deletes");
  if (deletes == segment.end() || deletes->is_null()) return parsed;
  const auto place = where + ".deletes";
  parsed.deletes = SegmentDeletes{static_cast<std::uint32_t>(json_unsigned(
                                      json_member(*deletes, "num_deleted_docs", file, place),
                                      kMaxU32, file, place + ".num_deleted_docs")),
                                  json_unsigned(json_member(*deletes, "opstamp", file, place),
                                                kMaxU64, file, place + ".opstamp")};
  return parsed;
}

Json settings_json(const IndexSettings& settings) {
  Json json = Json::object();
  if (settings.sort_by_field) {
    json["sort_by_field"] = {{"field", settings.sort_by_field->field},
                             {"order", settings.sort_by_field->order}};
  }
  json["docstore_compression"] = settings.docstore_compression;
  Json other = settings.other_json.empty() ? Json::object() : Json::parse(settings.other_json);
  // tantivy's place for this one is before the block size.
  constexpr auto kThreadKey = "docstore_compress_dedicated_thread";
  if (const auto thread = other.find(kThreadKey); thread != other.end()) {
    json[kThreadKey] = *thread;
    other.erase(thread);
  }
  json["docstore_blocksize"] = settings.docstore_blocksize;
  for (const auto& [key, value] : other.items()) json[key] = value;
  return json;
}

}  // namespace

std::string_view extension(SegmentComponent component) {
  switch (component) {
    case SegmentComponent::kTerm:
      return "term";
    case SegmentComponent::kPostings:
      return "idx";
    case SegmentComponent::kPositions:
      return "pos";
    case SegmentComponent::kFieldnorm:
      return "fieldnorm";
    case SegmentComponent::kStore:
      return "store";
    case SegmentComponent::kFast:
      return "fast";
  }
  return "?";
}

std::string SegmentMeta::file_stem() const {
  std::string stem;
  for (const char c : segment_id) {
    if (c != '-') stem.push_back(c);
  }
  return stem;
}

std::string SegmentMeta::file_name(SegmentComponent component) const {
  return file_stem() + "." + std::string(extension(component));
}

std::optional<std::string> SegmentMeta::delete_file_name() const {
  if (!deletes) return std::nullopt;
  return file_stem() + "." + std::to_string(deletes->opstamp) + ".del";
}

std::string dashed_segment_id(std::string_view stem) {
  std::string dashed;
  for (const char c : stem) {
    if (is_dash_place(dashed.size())) dashed.push_back('-');
    dashed.push_back(c);
  }
  if (!is_dashed_uuid(dashed)) {
    throw std::invalid_argument("a segment id is 32 lower-case hex digits, not \"" +
                                std::string(stem) + "\"");
  }
  return dashed;
}

IndexMeta parse_meta(std::string_view text, const std::string& file) {
  const auto json = parse_json<Json>(text, file);
  const std::string where = "the top level";
  IndexMeta meta;
  // Very old indexes have no settings; tantivy then takes its defaults, and so do we.
  if (const auto& root = json; root.is_object() && root.contains("index_settings")) {
    meta.settings = parse_settings(root["index_settings"], file);
  }
  const auto& segments = json_member(json, "segments", file, where);
  if (!segments.is_array()) throw FormatError(file, 0, "\"segments\" must be an array");
  std::set<std::string> ids;
  for (const auto& segment : segments) {
    const auto place = "segments[" + std::to_string(meta.segments.size()) + "]";
    meta.segments.push_back(parse_segment(segment, file, place));
    if (!ids.insert(meta.segments.back().segment_id).second) {
      throw FormatError(file, 0, place + ": this segment is listed twice");
    }
  }
  meta.schema = parse_schema(json_member(json, "schema", file, where).dump(), file);
  meta.opstamp =
      json_unsigned(json_member(json, "opstamp", file, where), kMaxU64, file, "\"opstamp\"");
  if (const auto payload = json.find("payload"); payload != json.end() && !payload->is_null()) {
    meta.payload = json_string(*payload, file, "\"payload\"");
  }
  return meta;
}

std::string write_meta(const IndexMeta& meta) {
  Json json;
  json["index_settings"] = settings_json(meta.settings);
  auto segments = Json::array();
  for (const auto& segment : meta.segments) {
    Json entry{{"segment_id", segment.segment_id}, {"max_doc", segment.max_doc}};
    if (segment.deletes) {
      entry["deletes"] = {{"num_deleted_docs", segment.deletes->num_deleted_docs},
                          {"opstamp", segment.deletes->opstamp}};
    } else {
      entry["deletes"] = nullptr;
    }
    segments.push_back(std::move(entry));
  }
  json["segments"] = std::move(segments);
  json["schema"] = Json::parse(schema_json(meta.schema));
  json["opstamp"] = meta.opstamp;
  if (meta.payload) json["payload"] = *meta.payload;
  constexpr int kIndent = 2;
  return json.dump(kIndent);
}

std::string write_managed(const std::vector<std::string>& names) {
  return Json(names).dump() + "\n";
}

}  // namespace splitscope::formats
