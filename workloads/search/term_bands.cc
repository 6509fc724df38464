#include "workloads/search/term_bands.h"

#include <algorithm>
#include <span>
#include <utility>

#include "formats/segment/terms/dictionary_streams.h"

namespace splitscope::workloads {
namespace {

constexpr std::uint32_t kRareDocs = 4;
constexpr std::uint32_t kMiddlePart = 100;

std::string text_of(std::span<const std::byte> key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

// Each of the terms seen so far has the same chance to be kept.
class Reservoir {
 public:
  Reservoir(std::vector<std::string>& kept, Random& random) : kept_(kept), random_(random) {}

  void offer(std::span<const std::byte> key) {
    const std::uint64_t place = random_.below(++seen_);
    if (kept_.size() < TermBands::kPerBand) {
      kept_.push_back(text_of(key));
    } else if (place < kept_.size()) {
      kept_[static_cast<std::size_t>(place)] = text_of(key);
    }
  }

 private:
  std::vector<std::string>& kept_;
  Random& random_;
  std::uint64_t seen_ = 0;
};

}  // namespace

TermBands sample_terms(const formats::SourceRange& dictionary, std::uint32_t max_doc,
                       Random& random) {
  using Counted = std::pair<std::uint32_t, std::string>;
  const auto more = [](const Counted& a, const Counted& b) { return a.first > b.first; };
  TermBands bands;
  Reservoir rare(bands.rare, random);
  Reservoir middle(bands.middle, random);
  // The least common of them in front.
  std::vector<Counted> most;
  most.reserve(TermBands::kPerBand + 1);
  formats::TermStream terms(dictionary);
  while (terms.advance()) {
    const std::uint32_t docs = terms.value().doc_freq;
    if (docs <= kRareDocs) {
      rare.offer(terms.key());
    } else if (docs <= max_doc / kMiddlePart) {
      middle.offer(terms.key());
    }
    if (most.size() == TermBands::kPerBand && docs <= most.front().first) continue;
    most.emplace_back(docs, text_of(terms.key()));
    std::push_heap(most.begin(), most.end(), more);
    if (most.size() <= TermBands::kPerBand) continue;
    std::pop_heap(most.begin(), most.end(), more);
    most.pop_back();
  }
  std::sort_heap(most.begin(), most.end(), more);
  bands.common.reserve(most.size());
  for (Counted& term : most) bands.common.push_back(std::move(term.second));
  return bands;
}

}  // namespace splitscope::workloads
