#include "workloads/corpus/segment_builder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "formats/segment/composite_file.h"
#include "formats/segment/meta_json.h"
#include "formats/segment/store/store_writer.h"
#include "workloads/corpus/field_builder.h"

namespace splitscope::workloads {
namespace {

using FieldBuilders = std::vector<std::unique_ptr<FieldBuilder>>;

/// 32 hex digits that only the seed decides.
std::string segment_id_of(std::uint64_t seed) {
  constexpr char kDigits[] = "0123456789abcdef";
  Random random(seed ^ 0x73706C6974696473ULL);  // "splitids": another sequence than the values'
  std::string stem(32, '0');
  for (char& digit : stem) digit = kDigits[random.below(16)];
  return formats::dashed_segment_id(stem);
}

void write_documents(const Corpus& corpus, std::uint64_t seed, std::uint32_t documents,
                     FieldBuilders& fields, std::unique_ptr<ByteSink> sink) {
  formats::ComponentWriter out(std::move(sink));
  formats::StoreWriter store(out, formats::parse_compression(corpus.profile().docstore_compression),
                             corpus.profile().docstore_blocksize);
  Random random(seed);
  formats::DocumentBuffer document;
  for (std::uint32_t doc = 0; doc < documents; ++doc) {
    document.clear();
    for (formats::Field field = 0; field < fields.size(); ++field) {
      fields[field]->add_document(random, field, document);
    }
    store.add(document.bytes());
  }
  store.finish();
  out.finish();
}

void write_fieldnorms(const FieldBuilders& fields, std::unique_ptr<ByteSink> sink) {
  formats::CompositeWriter out(std::move(sink));
  for (formats::Field field = 0; field < fields.size(); ++field) {
    const auto norms = fields[field]->fieldnorms();
    if (norms.empty()) continue;
    out.begin_field(field);
    out.out().write(std::as_bytes(norms));
  }
  out.finish();
}

}  // namespace

Corpus::Corpus(Profile profile) : profile_(std::move(profile)) {
  for (formats::Field field = 0; field < profile_.fields.size(); ++field) {
    const FieldProfile& values = profile_.fields[field];
    const bool draws =
        values.kind == FieldProfile::Kind::kChoice || values.kind == FieldProfile::Kind::kWords;
    vocabularies_.push_back(
        draws ? std::make_unique<const Vocabulary>(values, profile_.schema[field].type) : nullptr);
  }
}

void build_segment(const Corpus& corpus, std::uint64_t seed, std::uint32_t documents,
                   Strategy& strategy, const std::filesystem::path& directory) {
  const formats::Schema& schema = corpus.profile().schema;
  formats::IndexMeta meta;
  meta.settings.docstore_compression = corpus.profile().docstore_compression;
  meta.settings.docstore_blocksize = corpus.profile().docstore_blocksize;
  meta.schema = schema;
  meta.segments.push_back({segment_id_of(seed), documents, std::nullopt});
  const auto create = [&](formats::SegmentComponent component) {
    return strategy.create(directory / meta.segments[0].file_name(component));
  };

  FieldBuilders fields;
  for (formats::Field field = 0; field < schema.size(); ++field) {
    fields.push_back(make_field_builder(schema[field], corpus.profile().fields[field],
                                        corpus.vocabulary(field)));
  }
  write_documents(corpus, seed, documents, fields, create(formats::SegmentComponent::kStore));
  write_fieldnorms(fields, create(formats::SegmentComponent::kFieldnorm));

  formats::CompositeWriter terms(create(formats::SegmentComponent::kTerm));
  formats::CompositeWriter postings(create(formats::SegmentComponent::kPostings));
  formats::CompositeWriter positions(create(formats::SegmentComponent::kPositions));
  for (formats::Field field = 0; field < schema.size(); ++field) {
    if (!schema[field].indexed) continue;
    terms.begin_field(field);
    postings.begin_field(field);
    positions.begin_field(field);
    formats::TermWriter term_writer(terms.out());
    formats::PostingsWriter postings_writer(postings.out());
    formats::PositionsWriter positions_writer(positions.out());
    fields[field]->write_terms({term_writer, postings_writer, positions_writer});
    term_writer.finish();
  }
  terms.finish();
  postings.finish();
  positions.finish();

  // Columns stand in the order of their names.
  std::vector<formats::Field> fast;
  for (formats::Field field = 0; field < schema.size(); ++field) {
    if (schema[field].fast) fast.push_back(field);
  }
  std::sort(fast.begin(), fast.end(),
            [&](formats::Field a, formats::Field b) { return schema[a].name < schema[b].name; });
  formats::ComponentWriter columns(create(formats::SegmentComponent::kFast));
  formats::ColumnarWriter column_writer(columns, documents);
  for (const formats::Field field : fast) fields[field]->write_column(column_writer);
  column_writer.finish();
  columns.finish();

  const std::string json = formats::write_meta(meta);
  const auto sink = strategy.create(directory / formats::kMetaFile);
  sink->write(std::as_bytes(std::span(json)));
  sink->finish();
}

}  // namespace splitscope::workloads
