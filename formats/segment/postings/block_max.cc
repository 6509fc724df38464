#include "formats/segment/postings/block_max.h"

#include <stdexcept>

#include "formats/segment/fieldnorm.h"

namespace splitscope::formats {
namespace {

// BM25 parameters that tantivy has fixed.
constexpr float kK1 = 1.2F;
constexpr float kB = 0.75F;

}  // namespace

BlockMax::BlockMax(std::span<const std::uint8_t> fieldnorm_ids, std::uint64_t total_num_tokens)
    : fieldnorm_ids_(fieldnorm_ids) {
  if (fieldnorm_ids_.empty()) return;
  const float average =
      static_cast<float>(total_num_tokens) / static_cast<float>(fieldnorm_ids_.size());
  for (std::size_t id = 0; id < norms_.size(); ++id) {
    const auto length = static_cast<float>(fieldnorm_tokens(static_cast<std::uint8_t>(id)));
    norms_[id] = kK1 * (1.0F - kB + kB * length / average);
  }
}

BlockMax::Pair BlockMax::of_block(std::span<const std::uint32_t> docs,
                                  std::span<const std::uint32_t> term_freqs) const {
  Pair best;
  if (fieldnorm_ids_.empty() || docs.empty()) return best;
  if (docs.back() >= fieldnorm_ids_.size()) {
    throw std::logic_error("document " + std::to_string(docs.back()) + " has no field norm among " +
                           std::to_string(fieldnorm_ids_.size()));
  }
  float best_factor = 0.0F;
  for (std::size_t i = 0; i < docs.size(); ++i) {
    const std::uint8_t id = fieldnorm_ids_[docs[i]];
    const auto freq = static_cast<float>(term_freqs[i]);
    const float factor = freq / (freq + norms_[id]);
    // Not "factor >= best": without tokens the average is 0 and factors compare as unordered, for
    // which tantivy takes the later one too.
    if (i > 0 && best_factor > factor) continue;
    best_factor = factor;
    best = {id, term_freqs[i]};
  }
  return best;
}

}  // namespace splitscope::formats
