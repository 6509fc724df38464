#include "formats/listing/canonical_listing.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <string>

#include "formats/codec/scan_reader.h"
#include "formats/listing/column_lines.h"
#include "formats/listing/fnv_hash.h"
#include "formats/listing/postings_walk.h"
#include "formats/listing/word.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/segment_files.h"
#include "formats/segment/store/known_compression.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/unsupported.h"

namespace splitscope::formats {
namespace {

void list_documents(const SegmentFiles& segment, std::ostream& out) {
  const StoreReader store(segment.store());
  store.expect_documents(segment.meta().max_doc);
  DocumentStream documents(store);
  while (documents.advance()) {
    FnvHash hash;
    hash.add(documents.document());
    fmt::print(out, "doc {} {} {:016x}\n", documents.doc(), documents.document().size(),
               hash.value());
  }
}

void list_norms(const SegmentFiles& segment, std::ostream& out) {
  for (Field field = 0; field < segment.schema().size(); ++field) {
    const FieldEntry& entry = segment.schema()[field];
    if (!entry.indexed || !entry.fieldnorms) continue;
    const auto range = segment.fieldnorm(field);
    if (!range) {
      throw FormatError(segment.store().name(), 0, "no field norms for field '" + entry.name + "'");
    }
    FnvHash hash;
    ScanReader in(*range);
    while (in.remaining() > 0) hash.add(in.take_some(in.remaining()));
    fmt::print(out, "norms {} {:016x}\n", word(entry.name), hash.value());
  }
}

/// Makes a line of each term.
class TermLines {
 public:
  TermLines(std::string field, std::ostream& out) : field_(std::move(field)), out_(out) {}

  void begin_term(std::span<const std::byte> key) {
    key_.clear();
    for (const std::byte byte : key) {
      fmt::format_to(std::back_inserter(key_), "{:02x}", static_cast<std::uint8_t>(byte));
    }
    num_positions_ = 0;
    hash_ = FnvHash();
  }
  void add_document(std::uint32_t doc, std::uint32_t frequency) {
    hash_.add_number(doc);
    hash_.add_number(frequency);
  }
  void add_position(std::uint32_t position) {
    hash_.add_number(position);
    ++num_positions_;
  }
  void end_term(std::uint64_t doc_freq) {
    fmt::print(out_, "term {} {} {} {} {:016x}\n", field_, key_, doc_freq, num_positions_,
               hash_.value());
  }

 private:
  std::string field_;
  std::ostream& out_;
  std::string key_;
  std::uint64_t num_positions_ = 0;
  FnvHash hash_;
};

void list_terms(const SegmentFiles& segment, std::ostream& out) {
  for (Field field = 0; field < segment.schema().size(); ++field) {
    if (!segment.schema()[field].indexed) continue;
    const std::string name = word(segment.schema()[field].name);
    if (!segment.has_terms(field)) {
      fmt::print(out, "tokens {} 0\n", name);
      continue;
    }
    fmt::print(out, "tokens {} {}\n", name, read_total_num_tokens(segment.postings(field)));
    walk_postings(segment, field, TermLines(name, out));
  }
}

}  // namespace

void write_listing(IndexFiles& files, std::ostream& out) {
  refuse_unknown_compression(files.meta().settings.docstore_compression, files.path());
  for (std::size_t i = 0; i < files.meta().segments.size(); ++i) {
    const SegmentFiles segment(files, i);
    refuse_unsupported(segment.schema(), segment.store().name(), "listed");
    refuse_unsupported(segment.meta(), segment.store().name(), "listed");
    fmt::print(out, "segment {}\n", segment.meta().max_doc);
    list_documents(segment, out);
    list_norms(segment, out);
    list_terms(segment, out);
    ColumnarReader(segment.columns()).expect_rows(segment.meta().max_doc);
    list_columns(segment.columns(), out);
  }
}

}  // namespace splitscope::formats
