// What is asked of an index: terms, phrases, and both under "and" or "or".
#pragma once

#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "formats/segment/schema.h"

namespace splitscope::workloads {

/// Plain value. Terms are tokens as the index has them; nothing is analysed.
struct Query {
  enum class Kind { kTerm, kPhrase, kAnd, kOr };

  Kind kind = Kind::kTerm;
  /// For kTerm and kPhrase.
  std::string field;
  /// One for kTerm, at least two for kPhrase.
  std::vector<std::string> terms;
  /// For kAnd and kOr: at least two, each a term or a phrase.
  std::vector<Query> parts;

  friend bool operator==(const Query&, const Query&) = default;
};

[[nodiscard]] Query term_query(std::string field, std::string term);
[[nodiscard]] Query phrase_query(std::string field, std::vector<std::string> terms);
[[nodiscard]] Query and_query(std::vector<Query> parts);
[[nodiscard]] Query or_query(std::vector<Query> parts);

/// Parses {"term": {"field": F, "text": T}}, {"phrase": {"field": F, "terms": [T, T, ...]}},
/// {"and": [Q, Q, ...]} or {"or": [Q, Q, ...]}. Errors: UsageError that begins with `where`.
[[nodiscard]] Query parse_query(std::string_view json, const std::string& where);

/// One query a line; empty lines are passed over. `file` and the line's number begin errors.
[[nodiscard]] std::vector<Query> read_queries(std::istream& in, const std::string& file);

/// What parse_query reads, in one line.
[[nodiscard]] std::string query_json(const Query& query);

/// Throws UsageError unless every field is an indexed text field of `schema`, with positions where
/// a phrase asks for it. `index` is what the message calls the index.
void check_query(const Query& query, const formats::Schema& schema, const std::string& index);

}  // namespace splitscope::workloads
