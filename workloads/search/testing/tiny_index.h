// An index folder made of a few words, for tests that know what is in it.
#pragma once

#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "formats/segment/columnar/columnar_writer.h"
#include "formats/segment/composite_file.h"
#include "formats/segment/fieldnorm.h"
#include "formats/segment/meta_json.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/store/document.h"
#include "formats/segment/store/store_writer.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/testing/test_files.h"

namespace splitscope::test {

/// Fields: 0 "body", words with positions and norms; 1 "tag", the number of the document modulo 7
/// as one token without frequencies; 2 "note", not indexed; 3 "size", u64. Body and note are
/// stored.
class TinyIndex {
 public:
  using Segment = std::vector<std::string>;

  TinyIndex(std::filesystem::path folder, const std::vector<Segment>& segments)
      : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    meta_.settings.docstore_compression = "none";
    meta_.settings.docstore_blocksize = 200;
    meta_.schema.fields.resize(4);
    text_field(0, "body", formats::IndexRecordOption::kPosition, "default");
    text_field(1, "tag", formats::IndexRecordOption::kBasic, "raw");
    meta_.schema.fields[2].name = "note";
    meta_.schema.fields[2].stored = true;
    meta_.schema.fields[3].name = "size";
    meta_.schema.fields[3].type = formats::FieldType::kU64;
    meta_.schema.fields[3].fast = true;
    for (std::size_t i = 0; i < segments.size(); ++i) write_segment(i, segments[i]);
    const std::string json = formats::write_meta(meta_);
    write_file(folder_ / formats::kMetaFile, std::as_bytes(std::span(json)));
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Posting {
    std::uint32_t doc;
    std::vector<std::uint32_t> positions;
  };
  using Terms = std::map<std::string, std::vector<Posting>>;

  void text_field(formats::Field field, const char* name, formats::IndexRecordOption record,
                  const char* tokenizer) {
    formats::FieldEntry& entry = meta_.schema.fields[field];
    entry.name = name;
    entry.indexed = true;
    entry.record = record;
    entry.tokenizer = tokenizer;
    entry.fieldnorms = record == formats::IndexRecordOption::kPosition;
    entry.stored = field == 0;
  }

  std::unique_ptr<ByteSink> create(std::size_t segment, formats::SegmentComponent component) {
    return strategy_.create(folder_ / meta_.segments[segment].file_name(component));
  }

  void write_segment(std::size_t number, const Segment& docs) {
    std::string id(32, '0');
    id.back() = static_cast<char>('1' + number);
    meta_.segments.push_back(
        {formats::dashed_segment_id(id), static_cast<std::uint32_t>(docs.size()), std::nullopt});
    Terms body;
    Terms tags;
    std::vector<std::uint8_t> norms;
    std::uint64_t tokens = 0;
    formats::ComponentWriter store_out(create(number, formats::SegmentComponent::kStore));
    formats::StoreWriter store(store_out, formats::parse_compression("none"), 200);
    formats::DocumentBuffer document;
    for (std::uint32_t doc = 0; doc < docs.size(); ++doc) {
      std::istringstream words(docs[doc]);
      std::uint32_t position = 0;
      for (std::string word; words >> word; ++position) {
        auto& postings = body[word];
        if (postings.empty() || postings.back().doc != doc) postings.push_back({doc, {}});
        postings.back().positions.push_back(position);
      }
      tags[std::to_string(doc % 7)].push_back({doc, {0}});
      norms.push_back(formats::fieldnorm_id(position));
      tokens += position;
      document.clear();
      document.add_text(0, docs[doc]);
      document.add_text(2, "note " + std::to_string(doc));
      store.add(document.bytes());
    }
    store.finish();
    store_out.finish();
    formats::CompositeWriter norms_out(create(number, formats::SegmentComponent::kFieldnorm));
    norms_out.begin_field(0);
    norms_out.out().write(std::as_bytes(std::span(norms)));
    norms_out.finish();

    formats::CompositeWriter terms(create(number, formats::SegmentComponent::kTerm));
    formats::CompositeWriter postings(create(number, formats::SegmentComponent::kPostings));
    formats::CompositeWriter positions(create(number, formats::SegmentComponent::kPositions));
    for (const formats::Field field : {formats::Field{0}, formats::Field{1}}) {
      terms.begin_field(field);
      postings.begin_field(field);
      positions.begin_field(field);
      write_field(field, field == 0 ? body : tags, field == 0 ? tokens : docs.size(),
                  field == 0 ? std::span<const std::uint8_t>(norms) : std::span<std::uint8_t>(),
                  terms.out(), postings.out(), positions.out());
    }
    terms.finish();
    postings.finish();
    positions.finish();
    formats::ComponentWriter columns(create(number, formats::SegmentComponent::kFast));
    formats::ColumnarWriter column_writer(columns, static_cast<std::uint32_t>(docs.size()));
    column_writer.finish();
    columns.finish();
  }

  void write_field(formats::Field field, const Terms& terms, std::uint64_t tokens,
                   std::span<const std::uint8_t> norms, formats::ComponentWriter& term_out,
                   formats::ComponentWriter& posting_out, formats::ComponentWriter& position_out) {
    const formats::IndexRecordOption record = meta_.schema[field].record;
    formats::TermWriter term_writer(term_out);
    formats::PostingsWriter postings(posting_out);
    formats::PositionsWriter positions(position_out);
    postings.begin_field(record, tokens, norms);
    positions.begin_field();
    for (const auto& [term, list] : terms) {
      postings.begin_term();
      if (record == formats::IndexRecordOption::kPosition) positions.begin_term();
      for (const Posting& posting : list) {
        const auto freq = static_cast<std::uint32_t>(posting.positions.size());
        postings.add({&posting.doc, 1}, {&freq, 1});
        std::uint32_t before = 0;
        for (const std::uint32_t position : posting.positions) {
          const std::uint32_t delta = position - before;
          if (record == formats::IndexRecordOption::kPosition) positions.add({&delta, 1});
          before = position;
        }
      }
      const auto written = postings.end_term();
      term_writer.insert(std::as_bytes(std::span(term)),
                         {written.doc_freq, written.range,
                          record == formats::IndexRecordOption::kPosition ? positions.end_term()
                                                                          : formats::ByteRange{}});
    }
    term_writer.finish();
  }

  PlainStrategy strategy_;
  std::filesystem::path folder_;
  formats::IndexMeta meta_;
};

}  // namespace splitscope::test
