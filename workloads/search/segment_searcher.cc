#include "workloads/search/segment_searcher.h"

#include <fmt/format.h>

#include <utility>

#include "formats/errors.h"
#include "formats/segment/postings/positions_cursor.h"
#include "formats/segment/unsupported.h"

namespace splitscope::workloads {

SegmentSearcher::SegmentSearcher(formats::IndexFiles& files, std::size_t segment)
    : files_(files, segment), fields_(files_.schema().size()) {
  formats::refuse_unsupported(files_.meta(), files.path().string(), "searched");
}

SegmentSearcher::OpenField& SegmentSearcher::open_field(formats::Field field) {
  auto& open = fields_.at(field);
  if (open == nullptr) {
    const formats::SourceRange postings = files_.postings(field);
    open =
        std::make_unique<OpenField>(OpenField{formats::TermDictionary(files_.term(field)), postings,
                                              formats::read_total_num_tokens(postings), Bytes()});
    if (const auto norms = files_.fieldnorm(field)) open->norms = norms->read(0, norms->size());
  }
  return *open;
}

std::optional<formats::TermInfo> SegmentSearcher::lookup(formats::Field field,
                                                         std::span<const std::byte> term) {
  if (!files_.has_terms(field)) return std::nullopt;
  const auto info = open_field(field).terms.lookup(term);
  if (info && info->doc_freq > max_doc()) {
    throw files_.term(field).error(
        0, fmt::format("a term is in {} documents, the segment has {}", info->doc_freq, max_doc()));
  }
  return info;
}

TermCursor SegmentSearcher::cursor(formats::Field field, const formats::TermInfo& term) {
  formats::PostingsDecoder decoder(open_field(field).postings, files_.schema()[field].record,
                                   max_doc());
  decoder.open(term);
  return TermCursor(std::move(decoder));
}

TermScorer SegmentSearcher::term_scorer(formats::Field field, const formats::TermInfo& term,
                                        const Bm25& weight) {
  return {cursor(field, term), weight, FieldNorms(open_field(field).norms.span())};
}

PhraseScorer SegmentSearcher::phrase_scorer(formats::Field field,
                                            std::span<const formats::TermInfo> terms,
                                            const Bm25& weight) {
  const auto positions = files_.positions(field);
  if (!positions) {
    throw formats::FormatError(
        files_.postings(field).name(), 0,
        "the schema promises positions, but the segment has no file for them");
  }
  std::vector<PhraseScorer::Part> parts;
  parts.reserve(terms.size());
  for (const formats::TermInfo& term : terms) {
    const auto behind = static_cast<std::uint32_t>(terms.size() - 1 - parts.size());
    parts.push_back({cursor(field, term), formats::PositionsCursor(*positions), behind});
    parts.back().positions.open(term);
  }
  return {std::move(parts), weight, FieldNorms(open_field(field).norms.span()), max_doc()};
}

SegmentSearcher::OpenStore& SegmentSearcher::open_store() {
  if (store_ == nullptr) store_ = std::make_unique<OpenStore>(files_.store(), max_doc());
  return *store_;
}

std::span<const std::byte> SegmentSearcher::document(std::uint32_t doc) {
  return open_store().documents.read(doc);
}

}  // namespace splitscope::workloads
