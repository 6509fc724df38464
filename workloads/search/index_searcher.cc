#include "workloads/search/index_searcher.h"

#include <utility>

#include "formats/segment/store/known_compression.h"
#include "workloads/search/and_scorer.h"
#include "workloads/search/hot_split.h"
#include "workloads/search/or_scorer.h"

namespace splitscope::workloads {
namespace {

// A template, so that the calls of a scorer whose class is known are inlined.
template <typename Known>
void collect(Known& scorer, Hit hit, TopHits& hits) {
  for (hit.doc = scorer.next(0); hit.doc < kNoMoreDocs; hit.doc = scorer.next(hit.doc + 1)) {
    hit.score = scorer.score();
    hits.add(hit);
  }
}

}  // namespace

IndexSearcher::IndexSearcher(Strategy& strategy, const std::filesystem::path& path,
                             const formats::ByteRange& footer)
    : files_(std::make_unique<formats::IndexFiles>(open_hot(strategy, path, footer))) {
  formats::refuse_unknown_compression(meta().settings.docstore_compression, path);
  segments_.reserve(meta().segments.size());
  for (std::size_t i = 0; i < meta().segments.size(); ++i) {
    segments_.push_back(std::make_unique<SegmentSearcher>(*files_, i));
  }
}

IndexSearcher::Leaf IndexSearcher::weigh(const Query& query) {
  const formats::Field field = *meta().schema.find(query.field);
  std::uint64_t docs = 0;
  std::uint64_t tokens = 0;
  std::vector<std::uint64_t> doc_freqs(query.terms.size());
  std::vector<std::optional<formats::TermInfo>> infos;
  infos.reserve(segments_.size() * query.terms.size());
  for (const auto& segment : segments_) {
    docs += segment->max_doc();
    tokens += segment->total_num_tokens(field);
    for (std::size_t i = 0; i < query.terms.size(); ++i) {
      infos.push_back(segment->lookup(field, std::as_bytes(std::span(query.terms[i]))));
      if (infos.back()) doc_freqs[i] += infos.back()->doc_freq;
    }
  }
  float idf = 0;
  for (const std::uint64_t doc_freq : doc_freqs) idf += bm25_idf(doc_freq, docs);
  const Bm25 weight(idf, static_cast<float>(tokens) / static_cast<float>(docs));
  return {query.kind, field, weight, query.terms.size(), std::move(infos)};
}

std::unique_ptr<Scorer> IndexSearcher::scorer(const Leaf& leaf, std::uint32_t segment) {
  const auto infos = std::span(leaf.infos).subspan(segment * leaf.terms, leaf.terms);
  std::vector<formats::TermInfo> terms;
  terms.reserve(infos.size());
  for (const auto& info : infos) {
    if (!info) return nullptr;
    terms.push_back(*info);
  }
  SegmentSearcher& in = *segments_[segment];
  if (leaf.kind == Query::Kind::kTerm) {
    return std::make_unique<TermScorer>(in.term_scorer(leaf.field, terms.front(), leaf.weight));
  }
  return std::make_unique<PhraseScorer>(in.phrase_scorer(leaf.field, terms, leaf.weight));
}

void IndexSearcher::search(const Query& query, std::uint32_t index, TopHits& hits) {
  check_query(query, meta().schema, files_->path().string());
  std::vector<Leaf> leaves;
  leaves.reserve(query.parts.size() + 1);
  if (query.parts.empty()) leaves.push_back(weigh(query));
  for (const Query& part : query.parts) leaves.push_back(weigh(part));
  for (std::uint32_t segment = 0; segment < segments_.size(); ++segment) {
    search_segment(query, leaves, index, segment, hits);
  }
}

void IndexSearcher::search_segment(const Query& query, const std::vector<Leaf>& leaves,
                                   std::uint32_t index, std::uint32_t segment, TopHits& hits) {
  std::vector<std::unique_ptr<Scorer>> scorers;
  scorers.reserve(leaves.size());
  for (const Leaf& leaf : leaves) {
    if (auto found = scorer(leaf, segment)) {
      scorers.push_back(std::move(found));
    } else if (query.kind != Query::Kind::kOr) {
      return;
    }
  }
  if (scorers.empty()) return;
  const Hit hit{index, segment, 0, 0};
  if (scorers.size() > 1 && query.kind == Query::Kind::kOr) {
    OrScorer(std::move(scorers)).for_each([&](std::uint32_t doc, float score) {
      hits.add({index, segment, doc, score});
    });
  } else if (scorers.size() > 1) {
    AndScorer all(std::move(scorers));
    collect(all, hit, hits);
  } else if (auto* const term = dynamic_cast<TermScorer*>(scorers.front().get())) {
    collect(*term, hit, hits);
  } else {
    collect(*scorers.front(), hit, hits);
  }
}

}  // namespace splitscope::workloads
