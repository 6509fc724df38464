#include "formats/split/inspect.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "base/size_text.h"
#include "formats/split/describe.h"

namespace splitscope::formats {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kIndent = 2;

std::uint64_t number(const Json& object, const char* key) {
  return object.at(key).get<std::uint64_t>();
}

/// Names come from files: whatever would confuse a terminal is escaped.
std::string text(const Json& object, const char* key) {
  const auto quoted = object.at(key).dump();
  return quoted.substr(1, quoted.size() - 2);
}

std::string range_text(const Json& range) {
  return fmt::format("{} to {}", number(range, "start"), number(range, "end"));
}

void print_files(const Json& files, std::ostream& out) {
  for (const auto& file : files) {
    out << fmt::format("{:>14}  {}\n", number(file, "size_bytes"), text(file, "name"));
  }
}

void print_files_with_offsets(const Json& files, std::ostream& out) {
  out << "\nFiles\n" << fmt::format("  {:>14}  {:>14}  name\n", "offset", "bytes");
  for (const auto& file : files) {
    const auto offset = file.contains("start") ? std::to_string(number(file, "start")) : "-";
    out << fmt::format("  {:>14}  {:>14}  {}\n", offset, number(file, "size_bytes"),
                       text(file, "name"));
  }
}

void print_segments(const Json& json, std::ostream& out) {
  out << "\nSegments\n";
  for (const auto& segment : json.at("segments")) {
    out << fmt::format("  {}  {} documents, {} deleted, store {}\n", text(segment, "segment_id"),
                       number(segment, "max_doc"), number(segment, "deleted_docs"),
                       text(json, "docstore_compression"));
  }
}

std::string field_traits(const Json& field) {
  std::string traits;
  if (field.at("indexed").get<bool>()) {
    traits += " indexed(" + text(field, "record");
    if (field.contains("tokenizer")) traits += ", " + text(field, "tokenizer");
    if (field.at("fieldnorms").get<bool>()) traits += ", fieldnorms";
    traits += ")";
  }
  if (field.at("fast").get<bool>()) traits += " fast";
  if (field.at("stored").get<bool>()) traits += " stored";
  return traits;
}

void print_schema(const Json& schema, std::ostream& out) {
  out << "\nSchema\n";
  for (const auto& field : schema) {
    out << fmt::format("  {:>4}  {:<24} {:<11}{}\n", number(field, "field"), text(field, "name"),
                       text(field, "type"), field_traits(field));
  }
}

void print_components(const Json& components, std::ostream& out) {
  out << "\nComponents\n";
  for (const auto& component : components) {
    out << fmt::format("  {}  body {} bytes, format {}, tantivy {}, CRC-32 {:08x}\n",
                       text(component, "file"), number(component, "body_bytes"),
                       number(component, "index_format_version"),
                       text(component, "tantivy_version"), number(component, "crc32"));
    if (!component.contains("fields")) continue;
    for (const auto& field : component.at("fields")) {
      out << fmt::format("    field {:<4} bytes {}\n", number(field, "field"), range_text(field));
    }
  }
}

void print_footer(const Json& footer, std::ostream& out) {
  out << fmt::format("\nFooter     bytes {}\n", range_text(footer))
      << fmt::format("  metadata bytes {}\n", range_text(footer.at("metadata")))
      << fmt::format("  hotcache bytes {}\n", range_text(footer.at("hotcache")))
      << fmt::format("  trailer  {}\n", footer.at("trailer").get<bool>() ? "yes (QWFT)" : "no");
}

void print_hotcache(const Json& hotcache, std::ostream& out) {
  out << "\nHotcache\n";
  for (const auto& file : hotcache) {
    std::uint64_t cached = 0;
    for (const auto& slice : file.at("slices")) {
      cached += number(slice, "end") - number(slice, "start");
    }
    out << fmt::format("  {}  {} of {} bytes\n", text(file, "name"), cached,
                       number(file, "total_bytes"));
    for (const auto& slice : file.at("slices")) {
      out << fmt::format("    bytes {}\n", range_text(slice));
    }
  }
}

}  // namespace

void inspect(Strategy& strategy, const std::filesystem::path& path, InspectFormat format,
             std::ostream& out) {
  const auto json = describe(strategy, path);
  if (format == InspectFormat::kJson) {
    out << json.dump(kIndent) << '\n';
    return;
  }
  out << fmt::format("{} {}, {} files, {} bytes ({})\n", text(json, "kind"), text(json, "path"),
                     json.at("files").size(), number(json, "size_bytes"),
                     format_size_rounded(number(json, "size_bytes")));
  print_files_with_offsets(json.at("files"), out);
  print_segments(json, out);
  print_schema(json.at("schema"), out);
  print_components(json.at("components"), out);
  if (json.contains("footer")) print_footer(json.at("footer"), out);
  if (json.contains("hotcache")) print_hotcache(json.at("hotcache"), out);
}

void list_files(Strategy& strategy, const std::filesystem::path& path, InspectFormat format,
                std::ostream& out) {
  const auto files = describe_files(strategy, path);
  if (format == InspectFormat::kJson) {
    out << files.dump(kIndent) << '\n';
    return;
  }
  print_files(files, out);
}

}  // namespace splitscope::formats
