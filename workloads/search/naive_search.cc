#include "workloads/search/naive_search.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "formats/codec/scan_reader.h"
#include "formats/segment/fieldnorm.h"
#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/split/open_index.h"

namespace splitscope::workloads {

NaiveIndex::NaiveIndex(Strategy& strategy, const std::filesystem::path& path,
                       std::span<const Query> queries)
    : files_(formats::open_index(strategy, path)) {
  segments_.reserve(files_.meta().segments.size());
  for (std::size_t i = 0; i < files_.meta().segments.size(); ++i) segments_.emplace_back(files_, i);
  for (const Query& query : queries) want(query);
  find_terms();
}

void NaiveIndex::want(const Query& query) {
  for (const Query& part : query.parts) want(part);
  if (!query.parts.empty()) return;
  const formats::Field field = files_.meta().schema.find(query.field).value();
  for (const std::string& term : query.terms) {
    terms_[{field, term}].resize(segments_.size());
  }
}

void NaiveIndex::find_terms() {
  for (auto at = terms_.begin(); at != terms_.end();) {
    const formats::Field field = at->first.first;
    const auto end = terms_.lower_bound({field + 1, {}});
    for (std::size_t segment = 0; segment < segments_.size(); ++segment) {
      if (!segments_[segment].has_terms(field)) continue;
      // Both are in order of their bytes.
      auto wanted = at;
      formats::TermStream terms(segments_[segment].term(field));
      while (wanted != end && terms.advance()) {
        const auto key = terms.key();
        const std::string_view text(reinterpret_cast<const char*>(key.data()), key.size());
        while (wanted != end && wanted->first.second < text) ++wanted;
        if (wanted != end && wanted->first.second == text) {
          wanted->second[segment] = terms.value();
        }
      }
    }
    at = end;
  }
}

const formats::TermInfo* NaiveIndex::find(std::size_t segment, const Key& key) const {
  const formats::TermInfo& info = terms_.at(key)[segment];
  return info.doc_freq > 0 ? &info : nullptr;
}

NaiveIndex::Counts NaiveIndex::term_counts(std::size_t segment, const Key& key) const {
  Counts counts;
  const formats::TermInfo* const info = find(segment, key);
  if (info == nullptr) return counts;
  const formats::SegmentFiles& files = segments_[segment];
  formats::PostingsDecoder decoder(files.postings(key.first), files.schema()[key.first].record,
                                   files.meta().max_doc);
  decoder.open(*info);
  counts.reserve(info->doc_freq);
  while (const std::size_t count = decoder.next_block()) {
    for (std::size_t i = 0; i < count; ++i) {
      counts.emplace_back(decoder.docs()[i], decoder.has_freqs() ? decoder.term_freqs()[i] : 1);
    }
  }
  return counts;
}

NaiveIndex::Counts NaiveIndex::phrase_counts(std::size_t segment, formats::Field field,
                                             const Query& query) const {
  // Documents and, in the lower half, where in them a phrase would begin.
  std::vector<std::uint64_t> starts;
  std::vector<std::uint64_t> of_term;
  std::vector<std::uint64_t> both;
  for (std::size_t i = 0; i < query.terms.size(); ++i) {
    const Key key{field, query.terms[i]};
    const formats::TermInfo* const info = find(segment, key);
    const auto range = segments_[segment].positions(field);
    if (info == nullptr || !range) return {};
    formats::PositionsDecoder decoder(*range);
    decoder.open(*info);
    std::span<const std::uint32_t> chunk;
    of_term.clear();
    for (const auto& [doc, freq] : term_counts(segment, key)) {
      std::uint64_t position = 0;
      for (std::uint32_t k = 0; k < freq; ++k) {
        if (chunk.empty()) chunk = decoder.next_chunk();
        if (chunk.empty()) throw range->error(info->positions.end, "positions are missing");
        position += chunk.front();
        chunk = chunk.subspan(1);
        if (position >= i) of_term.push_back(std::uint64_t{doc} << 32 | (position - i));
      }
    }
    if (i == 0) {
      starts = of_term;
      continue;
    }
    both.clear();
    std::set_intersection(starts.begin(), starts.end(), of_term.begin(), of_term.end(),
                          std::back_inserter(both));
    starts.swap(both);
  }
  Counts counts;
  for (const std::uint64_t start : starts) {
    const auto doc = static_cast<std::uint32_t>(start >> 32);
    if (counts.empty() || counts.back().first != doc) counts.emplace_back(doc, 0);
    ++counts.back().second;
  }
  return counts;
}

double NaiveIndex::idf(const Key& key) const {
  double docs = 0;
  double with_term = 0;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    docs += segments_[i].meta().max_doc;
    with_term += terms_.at(key)[i].doc_freq;
  }
  return std::log(1 + (docs - with_term + 0.5) / (with_term + 0.5));
}

void NaiveIndex::add_leaf(std::size_t segment, const Query& query, std::vector<double>& scores,
                          std::vector<std::uint32_t>& leaves) const {
  const formats::Field field = files_.meta().schema.find(query.field).value();
  double weight = 0;
  for (const std::string& term : query.terms) weight += idf({field, term});
  double docs = 0;
  double tokens = 0;
  for (const formats::SegmentFiles& files : segments_) {
    docs += files.meta().max_doc;
    if (!files.has_terms(field)) continue;
    tokens += static_cast<double>(formats::read_total_num_tokens(files.postings(field)));
  }
  std::vector<std::byte> norms;
  if (const auto range = segments_[segment].fieldnorm(field)) {
    formats::ScanReader in(*range);
    while (in.remaining() > 0) {
      const auto part = in.take_some(in.remaining());
      norms.insert(norms.end(), part.begin(), part.end());
    }
  }
  const Counts counts = query.kind == Query::Kind::kPhrase
                            ? phrase_counts(segment, field, query)
                            : term_counts(segment, {field, query.terms.front()});
  for (const auto& [doc, freq] : counts) {
    const double length =
        norms.empty() ? 1 : formats::fieldnorm_tokens(std::to_integer<std::uint8_t>(norms[doc]));
    const double saturation = 1.2 * (0.25 + 0.75 * length / (tokens / docs));
    const double score = weight * 2.2 * freq / (freq + saturation);
    scores[doc] += std::isnan(score) ? 0 : score;
    ++leaves[doc];
  }
}

std::vector<NaiveIndex::Match> NaiveIndex::search(const Query& query) const {
  std::vector<Match> matches;
  for (std::uint32_t segment = 0; segment < segments_.size(); ++segment) {
    std::vector<double> scores(segments_[segment].meta().max_doc);
    std::vector<std::uint32_t> leaves(scores.size());
    if (query.parts.empty()) add_leaf(segment, query, scores, leaves);
    for (const Query& part : query.parts) add_leaf(segment, part, scores, leaves);
    const std::size_t needed = query.kind == Query::Kind::kAnd ? query.parts.size() : 1;
    for (std::uint32_t doc = 0; doc < leaves.size(); ++doc) {
      if (leaves[doc] >= needed) matches.push_back({segment, doc, scores[doc]});
    }
  }
  return matches;
}

}  // namespace splitscope::workloads
