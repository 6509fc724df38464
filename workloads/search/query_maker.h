// Makes queries that an index has answers to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "strategies/interface/strategy.h"
#include "workloads/corpus/random.h"
#include "workloads/search/index_searcher.h"
#include "workloads/search/query.h"
#include "workloads/search/term_bands.h"

namespace splitscope::workloads {

/// Takes terms from the dictionaries and phrases and "and"s from stored documents. The same index
/// and seed give the same queries. Must not outlive the strategy; single-threaded.
class QueryMaker {
 public:
  /// Ten kinds of query come in turn: a rare, a middling and two very common terms, a phrase of two
  /// and one of three, three "and"s of two and three terms, one of them with a phrase, and an "or".
  static constexpr std::uint64_t kKinds = 10;

  /// Errors: UsageError when no text field is indexed or none has a term; those of IndexSearcher.
  QueryMaker(Strategy& strategy, const std::filesystem::path& path, std::uint64_t seed);

  /// A query of kind `number` modulo kKinds. Where the index has nothing of the kind (no stored
  /// texts, no positions), a simpler one.
  [[nodiscard]] Query make(std::uint64_t number);

 private:
  struct TextField {
    formats::Field field;
    std::string name;
    /// Cut into words, or one token as it is.
    bool words;
    bool positions;
    TermBands bands;
  };
  struct Token {
    const TextField* field;
    std::string text;
    /// Which value of the document it is from.
    std::uint64_t value;
    std::uint64_t docs;
  };

  void add_fields(Strategy& strategy, const std::filesystem::path& path);
  [[nodiscard]] Query term(std::vector<std::string> TermBands::*band);
  [[nodiscard]] std::optional<Query> phrase(std::size_t words);
  [[nodiscard]] std::optional<Query> phrase_of_common_terms();
  [[nodiscard]] Query phrase_or_term(std::size_t words);
  [[nodiscard]] Query both(std::size_t terms);
  /// The tokens of a stored document that the dictionaries know.
  [[nodiscard]] std::vector<Token> some_document();
  [[nodiscard]] bool matches(const Query& query);

  std::string name_;
  Random random_;
  IndexSearcher searcher_;
  std::vector<TextField> fields_;
};

}  // namespace splitscope::workloads
