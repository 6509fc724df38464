// A small index directory made of plain values, for tests: any schema, any values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/codec/component_writer.h"
#include "formats/segment/columnar/monotone_map.h"
#include "formats/segment/columnar/testing/columns.h"
#include "formats/segment/composite_file.h"
#include "formats/segment/field_column_type.h"
#include "formats/segment/fieldnorm.h"
#include "formats/segment/meta_json.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/store/document.h"
#include "formats/segment/store/store_writer.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/testing/test_files.h"
#include "strategies/interface/testing/memory_source.h"

namespace splitscope::test {

/// `rows` is as in columns.h: the values of each document, text and bytes as they are, numbers as
/// number_text of what a column holds. It serves as terms (one token a value), stored values and
/// column alike. A fast field without any value gets no column, as with tantivy.
struct PlainField {
  formats::FieldEntry entry;
  PlainColumn rows;
};

struct PlainIndex {
  std::vector<PlainField> fields;
  std::uint32_t documents = 0;
  /// 32 hex digits.
  std::string stem = "00000000000000000000000000000001";
  formats::IndexSettings settings;
  /// 1 makes an index of format 6: stored dates in microseconds.
  std::uint32_t store_version = 2;
  /// The first documents are those that were deleted.
  std::optional<formats::SegmentDeletes> deletes;
};

inline formats::FieldEntry plain_entry(const std::string& name, formats::FieldType type) {
  formats::FieldEntry entry;
  entry.name = name;
  entry.type = type;
  entry.indexed = true;
  entry.fast = true;
  entry.stored = true;
  if (type == formats::FieldType::kText || type == formats::FieldType::kJson) {
    entry.record = formats::IndexRecordOption::kPosition;
    entry.tokenizer = "raw";
    entry.fieldnorms = true;
    entry.fast_tokenizer = "raw";
  }
  return entry;
}

/// Strings stand in for what the writers have no column for; readers refuse such fields by their
/// schema.
inline formats::ColumnType plain_column_type(formats::FieldType type) {
  if (type == formats::FieldType::kIp) return formats::ColumnType::kStr;
  return formats::column_type_of(type).value_or(formats::ColumnType::kStr);
}

inline void store_plain(formats::DocumentBuffer& document, formats::Field field,
                        formats::FieldType type, const std::string& value,
                        std::uint32_t store_version) {
  switch (type) {
    case formats::FieldType::kU64:
      return document.add_u64(field, text_number(value));
    case formats::FieldType::kI64:
      return document.add_i64(field, formats::unmap_i64(text_number(value)));
    case formats::FieldType::kF64:
      return document.add_f64(field, formats::unmap_f64(text_number(value)));
    case formats::FieldType::kBool:
      return document.add_bool(field, text_number(value) != 0);
    case formats::FieldType::kDate:
      return document.add_date(
          field, formats::unmap_date(text_number(value)) / (store_version == 1 ? 1000 : 1));
    case formats::FieldType::kBytes:
      return document.add_bytes(field, std::as_bytes(std::span(value)));
    default:
      return document.add_text(field, value);
  }
}

inline std::vector<std::byte> plain_store(const PlainIndex& index) {
  std::vector<std::byte> body;
  formats::ComponentWriter out(std::make_unique<MemorySink>(body));
  formats::StoreWriter store(out, formats::parse_compression(index.settings.docstore_compression),
                             index.settings.docstore_blocksize);
  formats::DocumentBuffer document;
  for (std::uint32_t doc = 0; doc < index.documents; ++doc) {
    document.clear();
    for (formats::Field field = 0; field < index.fields.size(); ++field) {
      const auto& [entry, rows] = index.fields[field];
      if (!entry.stored) continue;
      for (const std::string& value : rows.at(doc)) {
        store_plain(document, field, entry.type, value, index.store_version);
      }
    }
    store.add(document.bytes());
  }
  store.finish();
  const std::uint64_t body_bytes = out.offset();
  out.finish();
  body.resize(body_bytes);
  constexpr std::size_t kFooterBytes = 28;
  std::memcpy(body.data() + body.size() - kFooterBytes, &index.store_version,
              sizeof index.store_version);
  return body;
}

/// The entries of one field; the writers stand at its start.
inline void write_plain_terms(const PlainField& field, const std::vector<std::uint8_t>& norms,
                              formats::CompositeWriter& term, formats::CompositeWriter& idx,
                              formats::CompositeWriter& pos) {
  struct Posting {
    std::uint32_t doc;
    std::vector<std::uint32_t> deltas;
  };
  std::map<std::string, std::vector<Posting>> postings;
  std::uint64_t tokens = 0;
  for (std::uint32_t doc = 0; doc < field.rows.size(); ++doc) {
    std::map<std::string, std::uint32_t> last;
    std::uint32_t position = 0;
    for (const std::string& value : field.rows[doc]) {
      auto& list = postings[value];
      if (list.empty() || list.back().doc != doc) list.push_back({doc, {}});
      list.back().deltas.push_back(position - last[value]);
      last[value] = position++;
      ++tokens;
    }
  }
  const formats::IndexRecordOption record = field.entry.record;
  formats::TermWriter terms(term.out());
  formats::PostingsWriter lists(idx.out());
  formats::PositionsWriter positions(pos.out());
  lists.begin_field(record, tokens, norms);
  positions.begin_field();
  for (const auto& [key, list] : postings) {
    lists.begin_term();
    if (record == formats::IndexRecordOption::kPosition) positions.begin_term();
    for (const Posting& posting : list) {
      const auto frequency = static_cast<std::uint32_t>(posting.deltas.size());
      lists.add({&posting.doc, 1}, {&frequency, 1});
      if (record == formats::IndexRecordOption::kPosition) positions.add(posting.deltas);
    }
    const auto written = lists.end_term();
    terms.insert(std::as_bytes(std::span(key)),
                 {written.doc_freq, written.range,
                  record == formats::IndexRecordOption::kPosition ? positions.end_term()
                                                                  : formats::ByteRange{}});
  }
  terms.finish();
}

/// Which documents live: their number, then one bit each.
inline std::vector<std::byte> plain_alive_bits(const PlainIndex& index) {
  formats::ByteBuffer bytes;
  bytes.fixed(index.documents);
  for (std::uint32_t first = 0; first < index.documents; first += 64) {
    std::uint64_t word = 0;
    for (std::uint32_t doc = first; doc < std::min(first + 64, index.documents); ++doc) {
      if (doc >= index.deletes->num_deleted_docs) word |= std::uint64_t{1} << (doc - first);
    }
    bytes.fixed(word);
  }
  return bytes.take();
}

/// Writes the directory, which is made. Columns stand in the order of names whatever the schema.
inline void write_plain_index(const PlainIndex& index, const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  PlainStrategy strategy;
  formats::IndexMeta meta;
  meta.settings = index.settings;
  meta.segments.push_back({formats::dashed_segment_id(index.stem), index.documents, index.deletes});
  for (const PlainField& field : index.fields) meta.schema.fields.push_back(field.entry);
  const auto path = [&](formats::SegmentComponent component) {
    return directory / meta.segments[0].file_name(component);
  };
  const auto write_body = [&](formats::SegmentComponent component,
                              const std::vector<std::byte>& body) {
    formats::ComponentWriter out(strategy.create(path(component)));
    out.write(body);
    out.finish();
  };
  write_body(formats::SegmentComponent::kStore, plain_store(index));

  formats::CompositeWriter norms_file(strategy.create(path(formats::SegmentComponent::kFieldnorm)));
  formats::CompositeWriter term(strategy.create(path(formats::SegmentComponent::kTerm)));
  formats::CompositeWriter idx(strategy.create(path(formats::SegmentComponent::kPostings)));
  formats::CompositeWriter pos(strategy.create(path(formats::SegmentComponent::kPositions)));
  PlainColumns columns;
  for (formats::Field field = 0; field < index.fields.size(); ++field) {
    const auto& [entry, rows] = index.fields[field];
    std::vector<std::uint8_t> norms;
    bool any = false;
    for (const auto& row : rows) {
      any = any || !row.empty();
      if (entry.fieldnorms)
        norms.push_back(formats::fieldnorm_id(static_cast<std::uint32_t>(row.size())));
    }
    if (entry.indexed) {
      if (entry.fieldnorms) {
        norms_file.begin_field(field);
        norms_file.out().write(std::as_bytes(std::span(norms)));
      }
      term.begin_field(field);
      idx.begin_field(field);
      pos.begin_field(field);
      write_plain_terms(index.fields[field], norms, term, idx, pos);
    }
    if (entry.fast && any) columns[{entry.name, plain_column_type(entry.type)}] = rows;
  }
  for (formats::CompositeWriter* file : {&norms_file, &term, &idx, &pos}) file->finish();
  write_body(formats::SegmentComponent::kFast, write_plain(columns, index.documents));
  if (const auto name = meta.segments[0].delete_file_name()) {
    formats::ComponentWriter out(strategy.create(directory / *name));
    out.write(plain_alive_bits(index));
    out.finish();
  }
  write_file(directory / formats::kMetaFile, to_bytes(formats::write_meta(meta)));

  if (index.store_version != 1) return;
  for (const auto component :
       {formats::SegmentComponent::kTerm, formats::SegmentComponent::kPostings,
        formats::SegmentComponent::kPositions, formats::SegmentComponent::kFieldnorm,
        formats::SegmentComponent::kStore, formats::SegmentComponent::kFast}) {
    // Behind the body, so that the CRC stays.
    auto bytes = read_file(path(component));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    constexpr std::string_view kKey = "\"index_format_version\":";
    bytes.at(text.rfind(kKey) + kKey.size()) = std::byte{'6'};
    write_file(path(component), bytes);
  }
}

}  // namespace splitscope::test
