#include "workloads/merge/listing.h"

#include <fmt/format.h>

#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "workloads/index/columnar/columnar_reader.h"
#include "workloads/index/postings/positions_decoder.h"
#include "workloads/index/postings/postings_decoder.h"
#include "workloads/index/store/store_reader.h"
#include "workloads/index/terms/dictionary_streams.h"
#include "workloads/index/unsupported.h"

namespace splitscope {
namespace {

/// Mixes a number into a hash; every bit of both reaches every bit of the result.
std::uint64_t mix(std::uint64_t hash, std::uint64_t number) {
  hash = (hash ^ number) * 0x9E3779B97F4A7C15ULL;
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93ULL;
  return hash ^ (hash >> 32);
}

std::uint64_t hash_of(std::span<const std::byte> bytes) {
  std::uint64_t hash = bytes.size();
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = mix(hash, word);
    bytes = bytes.subspan(8);
  }
  std::uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  return mix(hash, rest);
}

/// Positions of one term, taken one by one across chunks.
class PositionCursor {
 public:
  PositionCursor(const SourceRange& field) : decoder_(field), name_(field.name()) {}

  void open(const TermInfo& term) {
    decoder_.open(term);
    chunk_ = {};
  }
  std::uint32_t next() {
    if (chunk_.empty()) chunk_ = decoder_.next_chunk();
    if (chunk_.empty()) throw FormatError(name_, 0, "a term has fewer positions than frequencies");
    const std::uint32_t delta = chunk_.front();
    chunk_ = chunk_.subspan(1);
    return delta;
  }
  void expect_end() {
    if (chunk_.empty()) chunk_ = decoder_.next_chunk();
    if (!chunk_.empty()) throw FormatError(name_, 0, "a term has more positions than frequencies");
  }

 private:
  PositionsDecoder decoder_;
  std::string name_;
  std::span<const std::uint32_t> chunk_;
};

/// The values of a column one by one, whatever their cardinality.
class ColumnValues {
 public:
  explicit ColumnValues(const Column& column) : stream_(column.values()) {
    if (!has_dictionary(column.type())) return;
    OrdinalStream keys(column.dictionary());
    terms_.emplace();
    terms_->reserve(keys.num_terms());
    while (keys.advance()) terms_->push_back(hash_of(keys.key()));
  }

  /// Hash of the next value; ordinals stand for their terms.
  std::uint64_t next() {
    if (chunk_.empty()) chunk_ = stream_.next();
    if (chunk_.empty()) throw FormatError("(column)", 0, "fewer values than rows");
    const std::uint64_t value = chunk_.front();
    chunk_ = chunk_.subspan(1);
    if (!terms_) return value;
    if (value >= terms_->size()) {
      throw FormatError(
          "(column)", 0,
          fmt::format("ordinal {}, but the dictionary has {} terms", value, terms_->size()));
    }
    return (*terms_)[value];
  }

 private:
  ValueStream stream_;
  std::span<std::uint64_t> chunk_;
  std::optional<std::vector<std::uint64_t>> terms_;
};

/// Calls visit(row, number of values) for every row that has some.
template <typename Visitor>
void for_each_row(const Column& column, Visitor&& visit) {
  if (column.cardinality() == Cardinality::kFull) {
    for (std::uint32_t row = 0; row < column.num_rows(); ++row) visit(row, std::uint64_t{1});
    return;
  }
  std::vector<std::uint64_t> starts;
  if (column.cardinality() == Cardinality::kMultivalued) {
    ValueStream stream = column.starts();
    for (auto chunk = stream.next(); !chunk.empty(); chunk = stream.next()) {
      starts.insert(starts.end(), chunk.begin(), chunk.end());
    }
    if (column.version() == 1) {
      for (std::uint32_t row = 0; row < column.num_rows(); ++row) {
        visit(row, starts[row + 1] - starts[row]);
      }
      return;
    }
  }
  std::size_t place = 0;
  RowStream rows = column.rows();
  for (auto chunk = rows.next(); !chunk.empty(); chunk = rows.next()) {
    for (const std::uint32_t row : chunk) {
      visit(row, starts.empty() ? 1 : starts[place + 1] - starts[place]);
      ++place;
    }
  }
}

}  // namespace

void Listing::add(const SegmentFiles& segment, std::uint32_t doc_base) {
  refuse_unsupported(segment.schema(), segment.store().name(), "listed");
  refuse_unsupported(segment.meta(), segment.store().name(), "listed");
  add_documents(segment, doc_base);
  for (Field field = 0; field < segment.schema().size(); ++field) {
    if (segment.schema()[field].indexed) add_field(segment, field, doc_base);
  }
  add_columns(segment, doc_base);
}

void Listing::add_documents(const SegmentFiles& segment, std::uint32_t doc_base) {
  Entry& entry = entries_["stored documents"];
  const StoreReader store(segment.store());
  DocumentStream documents(store);
  while (documents.advance()) {
    entry.add(mix(hash_of(documents.document()), std::uint64_t{doc_base} + documents.doc()));
  }
}

void Listing::add_field(const SegmentFiles& segment, Field field, std::uint32_t doc_base) {
  const std::string name = "field '" + segment.schema()[field].name + "'";
  Entry& norms = entries_[name + " norms"];
  if (const auto range = segment.fieldnorm(field)) {
    ScanReader in(*range);
    std::uint64_t doc = doc_base;
    while (in.remaining() > 0) {
      for (const std::byte norm : in.take_some(in.remaining())) {
        norms.add(mix(static_cast<std::uint64_t>(norm), doc++));
      }
    }
  }
  Entry& tokens = entries_[name + " tokens"];
  const std::uint64_t total = read_total_num_tokens(segment.postings(field));
  tokens.count += total;

  // Distinct terms cannot be counted by adding segments up; their documents can.
  Entry& postings = entries_[name + " postings"];
  Entry& positions = entries_[name + " positions"];
  const IndexRecord record = segment.schema()[field].record;
  PostingsDecoder decoder(segment.postings(field), record, segment.meta().max_doc);
  std::optional<PositionCursor> cursor;
  if (record == IndexRecord::kPosition) {
    if (const auto range = segment.positions(field)) cursor.emplace(*range);
  }
  TermStream terms(segment.term(field));
  while (terms.advance()) {
    const std::uint64_t term_hash = hash_of(terms.key());
    decoder.open(terms.value());
    if (cursor) cursor->open(terms.value());
    std::uint64_t documents = 0;
    while (const std::size_t count = decoder.next_block()) {
      const auto freqs = decoder.term_freqs();
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t doc = std::uint64_t{doc_base} + decoder.docs()[i];
        const std::uint32_t freq = freqs.empty() ? 1 : freqs[i];
        const std::uint64_t hash = mix(mix(term_hash, doc), freq);
        postings.add(hash);
        std::uint32_t position = 0;
        for (std::uint32_t k = 0; cursor && k < freq; ++k) {
          position += cursor->next();
          positions.add(mix(hash, position));
        }
      }
      documents += count;
    }
    if (cursor) cursor->expect_end();
    if (documents != terms.value().doc_freq) {
      throw FormatError(segment.term(field).name(), 0,
                        fmt::format("a term has {} documents, its dictionary says {}", documents,
                                    terms.value().doc_freq));
    }
  }
}

void Listing::add_columns(const SegmentFiles& segment, std::uint32_t doc_base) {
  const ColumnarReader reader(segment.columns());
  for (const ColumnEntry& listed : reader.columns()) {
    const Column column = reader.open(listed);
    Entry& entry =
        entries_[fmt::format("column '{}' ({})", listed.name, column_type_name(listed.type))];
    ColumnValues values(column);
    for_each_row(column, [&](std::uint32_t row, std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i) {
        entry.add(mix(mix(values.next(), std::uint64_t{doc_base} + row), i));
      }
    });
  }
}

std::string Listing::difference(const Listing& other) const {
  const auto describe = [](const std::string& name, const Entry& expected, const Entry& found) {
    if (expected.count != found.count) {
      return fmt::format("{}: the inputs have {}, the output has {}", name, expected.count,
                         found.count);
    }
    return fmt::format("{}: {} as in the inputs, but not the same ones", name, found.count);
  };
  for (const auto& [name, entry] : entries_) {
    const auto found = other.entries_.find(name);
    const Entry got = found == other.entries_.end() ? Entry{} : found->second;
    if (got != entry) return describe(name, entry, got);
  }
  for (const auto& [name, entry] : other.entries_) {
    if (!entries_.contains(name) && entry != Entry{}) return describe(name, Entry{}, entry);
  }
  return {};
}

}  // namespace splitscope
