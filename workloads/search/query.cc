#include "workloads/search/query.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/errors.h"
#include "base/nearest_name.h"

namespace splitscope::workloads {
namespace {

using nlohmann::json;

constexpr const char* kForms = R"("term", "phrase", "and" or "or")";

// One level of a query, with what its messages begin with.
class QueryParser {
 public:
  explicit QueryParser(std::string where) : where_(std::move(where)) {}

  [[nodiscard]] Query parse(const json& value, bool nested = false) const {
    if (!value.is_object() || value.size() != 1) {
      fail(std::string("a query is an object with one key, ") + kForms);
    }
    const std::string& form = value.begin().key();
    const json& body = value.begin().value();
    if (form == "term") return term(body);
    if (form == "phrase") return phrase(body);
    if (form != "and" && form != "or") {
      fail("queries have the key " + std::string(kForms) + ", not \"" + form + "\"");
    }
    if (nested) fail("inside of \"and\" and \"or\" there are terms and phrases only");
    return combined(form, body);
  }

  [[noreturn]] void fail(const std::string& problem) const {
    throw UsageError(where_ + ": " + problem);
  }

 private:
  [[nodiscard]] const json& member(const json& body, const char* form, const char* key) const {
    const auto found = body.is_object() ? body.find(key) : body.end();
    if (!body.is_object() || found == body.end() || body.size() != 2) {
      fail(fmt::format("\"{}\" takes \"field\" and \"{}\", nothing else", form,
                       form == std::string_view("term") ? "text" : "terms"));
    }
    return *found;
  }

  [[nodiscard]] std::string text(const json& value, const char* of_what) const {
    if (!value.is_string()) fail(fmt::format("{} must be a text: {}", of_what, value.dump()));
    return value.get<std::string>();
  }

  [[nodiscard]] Query term(const json& body) const {
    return term_query(text(member(body, "term", "field"), "a field"),
                      text(member(body, "term", "text"), "a term"));
  }

  [[nodiscard]] Query phrase(const json& body) const {
    std::string field = text(member(body, "phrase", "field"), "a field");
    const json& list = member(body, "phrase", "terms");
    if (!list.is_array() || list.size() < 2) fail("a phrase has a list of at least two \"terms\"");
    std::vector<std::string> terms;
    terms.reserve(list.size());
    for (const json& item : list) terms.push_back(text(item, "a term"));
    return phrase_query(std::move(field), std::move(terms));
  }

  [[nodiscard]] Query combined(const std::string& form, const json& body) const {
    if (!body.is_array() || body.size() < 2) {
      fail("\"" + form + "\" takes a list of at least two queries");
    }
    std::vector<Query> parts;
    parts.reserve(body.size());
    for (const json& part : body) parts.push_back(parse(part, true));
    return form == "and" ? and_query(std::move(parts)) : or_query(std::move(parts));
  }

  std::string where_;
};

json to_json(const Query& query) {
  switch (query.kind) {
    case Query::Kind::kTerm:
      return {{"term", {{"field", query.field}, {"text", query.terms.front()}}}};
    case Query::Kind::kPhrase:
      return {{"phrase", {{"field", query.field}, {"terms", query.terms}}}};
    case Query::Kind::kAnd:
    case Query::Kind::kOr:
      break;
  }
  json parts = json::array();
  for (const Query& part : query.parts) parts.push_back(to_json(part));
  return {{query.kind == Query::Kind::kAnd ? "and" : "or", std::move(parts)}};
}

// nlohmann's message without its own name and line in front: a query is one line.
std::string problem_of(const json::parse_error& error) {
  const std::string text = error.what();
  const auto column = text.find("column ");
  return column == text.npos ? text : "at " + text.substr(column);
}

std::vector<std::string> text_fields(const formats::Schema& schema) {
  std::vector<std::string> names;
  for (const formats::FieldEntry& field : schema.fields) {
    if (field.type == formats::FieldType::kText && field.indexed) names.push_back(field.name);
  }
  return names;
}

}  // namespace

Query term_query(std::string field, std::string term) {
  return {Query::Kind::kTerm, std::move(field), {std::move(term)}, {}};
}

Query phrase_query(std::string field, std::vector<std::string> terms) {
  return {Query::Kind::kPhrase, std::move(field), std::move(terms), {}};
}

Query and_query(std::vector<Query> parts) { return {Query::Kind::kAnd, {}, {}, std::move(parts)}; }

Query or_query(std::vector<Query> parts) { return {Query::Kind::kOr, {}, {}, std::move(parts)}; }

Query parse_query(std::string_view text, const std::string& where) {
  const QueryParser parser(where);
  try {
    return parser.parse(json::parse(text));
  } catch (const json::parse_error& error) {
    parser.fail("not JSON, " + problem_of(error));
  }
}

std::vector<Query> read_queries(std::istream& in, const std::string& file) {
  std::vector<Query> queries;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    queries.push_back(parse_query(line, file + ":" + std::to_string(number)));
  }
  return queries;
}

std::string query_json(const Query& query) {
  return to_json(query).dump(-1, ' ', false, json::error_handler_t::replace);
}

void check_query(const Query& query, const formats::Schema& schema, const std::string& index) {
  for (const Query& part : query.parts) check_query(part, schema, index);
  if (!query.parts.empty()) return;
  const auto fail = [&](const std::string& problem) { throw UsageError(index + ": " + problem); };
  const auto field = schema.find(query.field);
  if (!field) {
    const auto names = text_fields(schema);
    fail("there is no field '" + query.field + "'" + did_you_mean(query.field, names) +
         "; its indexed text fields: " + listed(names));
  }
  const formats::FieldEntry& entry = schema[*field];
  if (entry.type != formats::FieldType::kText) {
    fail("field '" + entry.name + "' is of type " + std::string(formats::to_text(entry.type)) +
         "; terms and phrases are looked for in text fields: " + listed(text_fields(schema)));
  }
  if (!entry.indexed) {
    fail("field '" + entry.name + "' is not indexed; these are: " + listed(text_fields(schema)));
  }
  if (query.kind == Query::Kind::kPhrase && entry.record != formats::IndexRecordOption::kPosition) {
    fail("field '" + entry.name + "' has no positions (its record is \"" +
         std::string(formats::to_text(entry.record)) +
         "\"), so that phrases cannot be found in it");
  }
}

}  // namespace splitscope::workloads
