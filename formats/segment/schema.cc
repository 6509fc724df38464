#include "formats/segment/schema.h"

#include <array>
#include <utility>

#include "formats/segment/json_text.h"

namespace splitscope::formats {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::pair<FieldType, std::string_view>, 10> kTypes{{
    {FieldType::kText, "text"},
    {FieldType::kU64, "u64"},
    {FieldType::kI64, "i64"},
    {FieldType::kF64, "f64"},
    {FieldType::kBool, "bool"},
    {FieldType::kDate, "date"},
    {FieldType::kFacet, "facet"},
    {FieldType::kBytes, "bytes"},
    {FieldType::kJson, "json_object"},
    {FieldType::kIp, "ip_addr"},
}};

constexpr std::array<std::pair<IndexRecordOption, std::string_view>, 3> kRecords{{
    {IndexRecordOption::kBasic, "basic"},
    {IndexRecordOption::kFreq, "freq"},
    {IndexRecordOption::kPosition, "position"},
}};

constexpr std::array<std::pair<DatePrecision, std::string_view>, 4> kPrecisions{{
    {DatePrecision::kSeconds, "seconds"},
    {DatePrecision::kMilliseconds, "milliseconds"},
    {DatePrecision::kMicroseconds, "microseconds"},
    {DatePrecision::kNanoseconds, "nanoseconds"},
}};

template <typename Enum, std::size_t kCount>
std::string_view word_of(const std::array<std::pair<Enum, std::string_view>, kCount>& words,
                         Enum value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  return "?";
}

template <typename Enum, std::size_t kCount>
std::optional<Enum> value_of(const std::array<std::pair<Enum, std::string_view>, kCount>& words,
                             std::string_view text) {
  for (const auto& [candidate, word] : words) {
    if (word == text) return candidate;
  }
  return std::nullopt;
}

bool has_text_options(FieldType type) {
  return type == FieldType::kText || type == FieldType::kJson;
}

/// Parses the options of one field; `where_` leads its errors.
class OptionsParser {
 public:
  OptionsParser(const Json& options, const std::string& file, std::string where)
      : options_(options), file_(file), where_(std::move(where)) {
    if (!options.is_object()) throw FormatError(file, 0, where_ + " must be a JSON object");
  }

  void parse(FieldEntry& field) const {
    flag("stored", field.stored);
    flag("coerce", field.coerce);
    parse_fast(field);
    if (has_text_options(field.type)) {
      parse_text_indexing(field);
      return;
    }
    if (field.type == FieldType::kFacet) {
      // Facets are always indexed and always have a column.
      field.indexed = true;
      field.fast = true;
      return;
    }
    flag("indexed", field.indexed);
    // tantivy before 0.15 had no such option: its absence means that norms go with the index.
    field.fieldnorms = field.indexed;
    flag("fieldnorms", field.fieldnorms);
    field.fieldnorms = field.fieldnorms && field.indexed;
    if (field.type == FieldType::kDate) parse_precision(field);
  }

 private:
  const Json* member(const char* key) const {
    const auto found = options_.find(key);
    return found == options_.end() || found->is_null() ? nullptr : &*found;
  }

  void flag(const char* key, bool& value) const {
    if (const Json* option = member(key)) value = json_bool(*option, file_, name(key));
  }

  std::string name(const char* key) const { return where_ + "." + key; }

  void parse_fast(FieldEntry& field) const {
    const Json* fast = member("fast");
    if (fast == nullptr) return;
    if (fast->is_object()) {
      field.fast = true;
      field.fast_tokenizer = json_string(json_member(*fast, "with_tokenizer", file_, name("fast")),
                                         file_, name("fast.with_tokenizer"));
    } else if (fast->is_string() && (*fast == "single" || *fast == "multi")) {
      throw UnsupportedFeature(shown_name(file_) + ": " + name("fast") + " is " + fast->dump() +
                               ", as tantivy wrote it up to index format version 4, whose columns "
                               "cannot be read; re-index with tantivy 0.22 to 0.26");
    } else {
      field.fast = json_bool(*fast, file_, name("fast"));
      if (field.fast && has_text_options(field.type)) field.fast_tokenizer = "raw";
    }
  }

  void parse_text_indexing(FieldEntry& field) const {
    const Json* indexing = member("indexing");
    if (indexing == nullptr) return;
    field.indexed = true;
    field.fieldnorms = true;
    const auto place = name("indexing");
    const auto record =
        json_string(json_member(*indexing, "record", file_, place), file_, place + ".record");
    const auto known = value_of(kRecords, record);
    if (!known) {
      throw FormatError(file_, 0,
                        place + ".record is \"" + record + "\"; known: basic, freq, position");
    }
    field.record = *known;
    field.tokenizer =
        json_string(json_member(*indexing, "tokenizer", file_, place), file_, place + ".tokenizer");
    if (const auto norms = indexing->find("fieldnorms"); norms != indexing->end()) {
      field.fieldnorms = json_bool(*norms, file_, place + ".fieldnorms");
    }
    // tantivy keeps none for JSON fields, whatever the option says.
    if (field.type == FieldType::kJson) field.fieldnorms = false;
  }

  void parse_precision(FieldEntry& field) const {
    const Json* precision = member("precision");
    if (precision == nullptr) return;
    const auto text = json_string(*precision, file_, name("precision"));
    const auto known = value_of(kPrecisions, text);
    if (!known) {
      throw FormatError(file_, 0,
                        name("precision") + " is \"" + text +
                            "\"; known: seconds, milliseconds, microseconds, nanoseconds");
    }
    field.precision = *known;
  }

  const Json& options_;
  const std::string& file_;
  std::string where_;
};

Json options_of(const FieldEntry& field) {
  if (!field.options_json.empty()) return Json::parse(field.options_json);
  Json options = Json::object();
  if (has_text_options(field.type)) {
    if (field.indexed) {
      options["indexing"] = {{"record", to_text(field.record)},
                             {"fieldnorms", field.fieldnorms},
                             {"tokenizer", field.tokenizer}};
    }
    options["stored"] = field.stored;
    if (field.fast && !field.fast_tokenizer.empty()) {
      options["fast"] = {{"with_tokenizer", field.fast_tokenizer}};
    } else {
      options["fast"] = field.fast;
    }
    // Readers insist on this key for JSON fields: whether dots in names separate path steps.
    if (field.type == FieldType::kJson) options["expand_dots_enabled"] = false;
  } else if (field.type == FieldType::kFacet) {
    options["stored"] = field.stored;
  } else {
    options["indexed"] = field.indexed;
    options["fieldnorms"] = field.fieldnorms;
    options["fast"] = field.fast;
    options["stored"] = field.stored;
    if (field.type == FieldType::kDate) options["precision"] = to_text(field.precision);
  }
  if (field.coerce) options["coerce"] = true;
  return options;
}

}  // namespace

std::string_view to_text(FieldType type) { return word_of(kTypes, type); }
std::string_view to_text(IndexRecordOption record) { return word_of(kRecords, record); }
std::string_view to_text(DatePrecision precision) { return word_of(kPrecisions, precision); }

std::optional<Field> Schema::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<Field>(i);
  }
  return std::nullopt;
}

Schema parse_schema(std::string_view json, const std::string& file) {
  const auto entries = parse_json<Json>(json, file);
  if (!entries.is_array()) throw FormatError(file, 0, "\"schema\" must be an array of fields");
  Schema schema;
  std::set<std::string> names;
  for (const auto& entry : entries) {
    const auto where = "schema[" + std::to_string(schema.size()) + "]";
    FieldEntry field;
    field.name = json_string(json_member(entry, "name", file, where), file, where + ".name");
    if (!names.insert(field.name).second) {
      throw FormatError(file, 0, where + ": a second field named \"" + field.name + "\"");
    }
    const auto type = json_string(json_member(entry, "type", file, where), file, where + ".type");
    const auto known = value_of(kTypes, type);
    if (!known) {
      std::string problem = file;
      problem += ": field \"" + field.name;
      problem += "\" has the type \"" + type;
      throw UnsupportedFeature(problem + "\", which is not known here");
    }
    field.type = *known;
    const auto& options = json_member(entry, "options", file, where);
    OptionsParser(options, file, where + ".options").parse(field);
    field.options_json = options.dump();
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

std::string schema_json(const Schema& schema) {
  auto entries = Json::array();
  for (const auto& field : schema.fields) {
    entries.push_back(
        {{"name", field.name}, {"type", to_text(field.type)}, {"options", options_of(field)}});
  }
  return entries.dump();
}

std::string schema_difference(const Schema& a, const Schema& b) {
  if (a.size() != b.size()) {
    return "one schema has " + std::to_string(a.size()) + " fields, the other " +
           std::to_string(b.size());
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto& left = a.fields[i];
    const auto& right = b.fields[i];
    const auto where = "field " + std::to_string(i);
    if (left.name != right.name) {
      return where + " is \"" + left.name + "\" in one, \"" + right.name + "\" in the other";
    }
    if (left.type != right.type) {
      return where + " (\"" + left.name + "\") is " + std::string(to_text(left.type)) +
             " in one, " + std::string(to_text(right.type)) + " in the other";
    }
    // Sorted keys: the order of options means nothing.
    const auto left_options = nlohmann::json::parse(options_of(left).dump());
    const auto right_options = nlohmann::json::parse(options_of(right).dump());
    if (left_options != right_options) {
      return where + " (\"" + left.name + "\") has options " + left_options.dump() + " in one, " +
             right_options.dump() + " in the other";
    }
  }
  return {};
}

}  // namespace splitscope::formats
