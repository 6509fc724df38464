#include "workloads/search/query_maker.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "base/errors.h"
#include "formats/segment/store/document.h"
#include "formats/split/open_index.h"
#include "workloads/search/hot_split.h"

namespace splitscope::workloads {
namespace {

// Documents and pairs of terms that are tried before a simpler query is made.
constexpr int kTries = 20;
// tantivy's "default" tokenizer drops longer words.
constexpr std::size_t kMaxWordBytes = 40;

// As tantivy's "default" tokenizer has them, as far as they are ASCII. Whether a word is in the
// dictionary is looked up, so that a wrong guess at another tokenizer does no harm.
template <typename Visit>
void for_each_word(std::string_view text, Visit visit) {
  std::string word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const auto c = i < text.size() ? static_cast<unsigned char>(text[i]) : ' ';
    if (std::isalnum(c) != 0 || c >= 0x80) {
      word += static_cast<char>(std::tolower(c));
      continue;
    }
    if (!word.empty() && word.size() < kMaxWordBytes) visit(word);
    word.clear();
  }
}

template <typename T>
const T& one_of(const std::vector<T>& items, Random& random) {
  return items[static_cast<std::size_t>(random.below(items.size()))];
}

}  // namespace

QueryMaker::QueryMaker(Strategy& strategy, const std::filesystem::path& path, std::uint64_t seed)
    : name_(path.string()), random_(seed), searcher_(strategy, path, footer_of(strategy, path)) {
  add_fields(strategy, path);
  if (fields_.empty()) {
    throw UsageError(name_ + ": no indexed text field has a term that could be looked for");
  }
}

void QueryMaker::add_fields(Strategy& strategy, const std::filesystem::path& path) {
  formats::IndexFiles files = formats::open_index(strategy, path);
  const formats::Schema& schema = files.meta().schema;
  // Among several segments the first is like the others.
  if (files.meta().segments.empty()) return;
  const formats::SegmentFiles segment(files, 0);
  for (formats::Field field = 0; field < schema.size(); ++field) {
    const formats::FieldEntry& entry = schema[field];
    if (entry.type != formats::FieldType::kText || !entry.indexed || !segment.has_terms(field))
      continue;
    TermBands bands = sample_terms(segment.term(field), segment.meta().max_doc, random_);
    if (bands.common.empty()) continue;
    fields_.push_back({field, entry.name, entry.tokenizer != "raw",
                       entry.record == formats::IndexRecordOption::kPosition, std::move(bands)});
  }
}

Query QueryMaker::term(std::vector<std::string> TermBands::*band) {
  for (int i = 0; i < kTries; ++i) {
    const TextField& field = one_of(fields_, random_);
    if (!(field.bands.*band).empty()) {
      return term_query(field.name, one_of(field.bands.*band, random_));
    }
  }
  const TextField& field = one_of(fields_, random_);
  return term_query(field.name, one_of(field.bands.common, random_));
}

std::vector<QueryMaker::Token> QueryMaker::some_document() {
  const auto number = static_cast<std::uint32_t>(random_.below(searcher_.meta().segments.size()));
  SegmentSearcher& segment = searcher_.segment(number);
  std::vector<Token> tokens;
  if (segment.max_doc() == 0) return tokens;
  const auto doc = static_cast<std::uint32_t>(random_.below(segment.max_doc()));
  std::uint64_t value_number = 0;
  formats::decode_document(segment.document(doc), [&](const formats::StoredValue& value) {
    ++value_number;
    const auto field =
        std::find_if(fields_.begin(), fields_.end(),
                     [&](const TextField& candidate) { return candidate.field == value.field; });
    if (field == fields_.end() || value.type != formats::StoredType::kText) return;
    const auto add = [&](const std::string& token) {
      const auto info = segment.lookup(field->field, std::as_bytes(std::span(token)));
      if (info) tokens.push_back({&*field, token, value_number, info->doc_freq});
    };
    if (field->words) {
      for_each_word(value.text(), add);
    } else {
      add(std::string(value.text()));
    }
  });
  return tokens;
}

bool QueryMaker::matches(const Query& query) {
  TopHits hits(0);
  searcher_.search(query, 0, hits);
  return hits.count() > 0;
}

std::optional<Query> QueryMaker::phrase(std::size_t words) {
  for (int i = 0; i < kTries; ++i) {
    std::vector<Token> tokens = some_document();
    std::erase_if(
        tokens, [](const Token& token) { return !token.field->positions || !token.field->words; });
    if (tokens.size() < words) continue;
    const auto first = static_cast<std::size_t>(random_.below(tokens.size() - words + 1));
    const auto last = first + words - 1;
    if (tokens[first].value != tokens[last].value) continue;
    std::vector<std::string> terms;
    terms.reserve(words);
    for (std::size_t k = first; k <= last; ++k) terms.push_back(tokens[k].text);
    Query query = phrase_query(tokens[first].field->name, std::move(terms));
    if (matches(query)) return query;
  }
  return phrase_of_common_terms();
}

std::optional<Query> QueryMaker::phrase_of_common_terms() {
  for (int i = 0; i < kTries; ++i) {
    const TextField& field = one_of(fields_, random_);
    if (!field.positions) continue;
    Query query = phrase_query(
        field.name, {one_of(field.bands.common, random_), one_of(field.bands.common, random_)});
    if (matches(query)) return query;
  }
  return std::nullopt;
}

Query QueryMaker::phrase_or_term(std::size_t words) {
  auto found = phrase(words);
  return found ? *std::move(found) : term(&TermBands::common);
}

Query QueryMaker::both(std::size_t terms) {
  for (int i = 0; i < kTries; ++i) {
    std::vector<Token> tokens = some_document();
    const auto before = [](const Token& a, const Token& b) {
      return std::tie(a.field->field, a.text) < std::tie(b.field->field, b.text);
    };
    std::sort(tokens.begin(), tokens.end(), before);
    tokens.erase(std::unique(tokens.begin(), tokens.end(),
                             [&](const Token& a, const Token& b) { return !before(a, b); }),
                 tokens.end());
    if (tokens.size() < terms) continue;
    // The most common one, of which a search passes over most documents, and any others.
    const auto most =
        std::max_element(tokens.begin(), tokens.end(),
                         [](const Token& a, const Token& b) { return a.docs < b.docs; });
    std::iter_swap(tokens.begin(), most);
    std::vector<Query> parts;
    parts.reserve(terms);
    for (std::size_t k = 0; k < terms; ++k) {
      if (k > 0) {
        const auto other = k + static_cast<std::size_t>(random_.below(tokens.size() - k));
        std::swap(tokens[k], tokens[other]);
      }
      parts.push_back(term_query(tokens[k].field->name, tokens[k].text));
    }
    return and_query(std::move(parts));
  }
  return and_query({term(&TermBands::common), term(&TermBands::middle)});
}

Query QueryMaker::make(std::uint64_t number) {
  switch (number % kKinds) {
    case 0:
      return term(&TermBands::rare);
    case 1:
      return term(&TermBands::middle);
    case 2:
    case 3:
      return term(&TermBands::common);
    case 4:
      return phrase_or_term(2);
    case 5:
      return phrase_or_term(3);
    case 6:
      return both(2);
    case 7:
      return both(3);
    case 8:
      return and_query({phrase_or_term(2), term(&TermBands::common)});
    default:
      return or_query({term(&TermBands::common), term(&TermBands::middle), term(&TermBands::rare)});
  }
}

}  // namespace splitscope::workloads
