#include "workloads/merge/index_contents.h"

#include <fmt/format.h>

#include <span>
#include <vector>

#include "formats/codec/content_hash.h"
#include "formats/listing/column_walk.h"
#include "formats/listing/postings_walk.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/unsupported.h"

namespace splitscope::workloads {
namespace {

/// Adds what it is shown of one field's postings.
class PostingsEntries {
 public:
  PostingsEntries(IndexContents::Entry& postings, IndexContents::Entry& positions,
                  std::uint32_t doc_base)
      : postings_(postings), positions_(positions), doc_base_(doc_base) {}

  void begin_term(std::span<const std::byte> key) { term_hash_ = formats::content_hash(key); }
  void add_document(std::uint32_t doc, std::uint32_t frequency) {
    hash_ =
        formats::mix_hash(formats::mix_hash(term_hash_, std::uint64_t{doc_base_} + doc), frequency);
    postings_.add(hash_);
  }
  void add_position(std::uint32_t position) { positions_.add(formats::mix_hash(hash_, position)); }
  void end_term(std::uint64_t /*doc_freq*/) {}

 private:
  IndexContents::Entry& postings_;
  IndexContents::Entry& positions_;
  std::uint32_t doc_base_;
  std::uint64_t term_hash_ = 0;
  std::uint64_t hash_ = 0;
};

/// The hash of each term of a column's dictionary, in order of the ordinals.
std::vector<std::uint64_t> hashes_of_terms(const formats::Column& column) {
  std::vector<std::uint64_t> hashes;
  formats::OrdinalStream keys(column.dictionary());
  while (keys.advance()) hashes.push_back(formats::content_hash(keys.key()));
  return hashes;
}

void add_column(const formats::Column& column, std::uint32_t doc_base,
                IndexContents::Entry& entry) {
  std::vector<std::uint64_t> terms;
  const bool with_terms = formats::has_dictionary(column.type());
  if (with_terms) terms = hashes_of_terms(column);
  formats::walk_values(column, [&](std::uint32_t row, std::uint64_t index, std::uint64_t value) {
    if (with_terms) {
      if (value >= terms.size()) {
        throw formats::FormatError(
            column.name(), 0,
            fmt::format("ordinal {}, but the dictionary has {} terms", value, terms.size()));
      }
      value = terms[value];
    }
    entry.add(formats::mix_hash(formats::mix_hash(value, std::uint64_t{doc_base} + row), index));
  });
}

}  // namespace

void IndexContents::add(const formats::SegmentFiles& segment, std::uint32_t doc_base) {
  formats::refuse_unsupported(segment.schema(), segment.store().name(), "listed");
  formats::refuse_unsupported(segment.meta(), segment.store().name(), "listed");
  add_documents(segment, doc_base);
  for (formats::Field field = 0; field < segment.schema().size(); ++field) {
    if (segment.schema()[field].indexed) add_field(segment, field, doc_base);
  }
  add_columns(segment, doc_base);
}

void IndexContents::add_documents(const formats::SegmentFiles& segment, std::uint32_t doc_base) {
  Entry& entry = entries_["stored documents"];
  const formats::StoreReader store(segment.store());
  store.expect_documents(segment.meta().max_doc);
  formats::DocumentStream documents(store);
  while (documents.advance()) {
    entry.add(formats::mix_hash(formats::content_hash(documents.document()),
                                std::uint64_t{doc_base} + documents.doc()));
  }
}

void IndexContents::add_field(const formats::SegmentFiles& segment, formats::Field field,
                              std::uint32_t doc_base) {
  const std::string name = "field '" + segment.schema()[field].name + "'";
  Entry& norms = entries_[name + " norms"];
  if (const auto range = segment.fieldnorm(field)) {
    formats::ScanReader in(*range);
    std::uint64_t doc = doc_base;
    while (in.remaining() > 0) {
      for (const std::byte norm : in.take_some(in.remaining())) {
        norms.add(formats::mix_hash(static_cast<std::uint64_t>(norm), doc++));
      }
    }
  }
  if (!segment.has_terms(field)) return;
  Entry& tokens = entries_[name + " tokens"];
  const std::uint64_t total = formats::read_total_num_tokens(segment.postings(field));
  tokens.count += total;

  // Distinct terms cannot be counted by adding segments up; their documents can.
  Entry& postings = entries_[name + " postings"];
  Entry& positions = entries_[name + " positions"];
  formats::walk_postings(segment, field, PostingsEntries(postings, positions, doc_base));
}

void IndexContents::add_columns(const formats::SegmentFiles& segment, std::uint32_t doc_base) {
  const formats::ColumnarReader reader(segment.columns());
  reader.expect_rows(segment.meta().max_doc);
  for (const formats::ColumnEntry& listed : reader.columns()) {
    const formats::Column column = reader.open(listed);
    Entry& entry = entries_[fmt::format("column '{}' ({})", listed.name,
                                        formats::column_type_name(listed.type))];
    add_column(column, doc_base, entry);
  }
}

std::string IndexContents::difference(const IndexContents& other) const {
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

}  // namespace splitscope::workloads
