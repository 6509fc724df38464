// Scores as tantivy gives them, to the bit: single precision, in its order of operations.
// Source: tantivy src/query/bm25.rs.
#pragma once

#include <array>
#include <cstdint>

namespace splitscope::workloads {

/// How much a term tells that `doc_freq` of `docs` documents have; doc_freq <= docs.
[[nodiscard]] float bm25_idf(std::uint64_t doc_freq, std::uint64_t docs);

/// The weight of a term, or of a phrase with the sum of its terms' idf. Immutable.
class Bm25 {
 public:
  /// `average_fieldnorm` is the tokens of the field by document, over the whole index.
  Bm25(float idf, float average_fieldnorm);

  /// Score of a document with this field norm that has the term or phrase `freq` times.
  [[nodiscard]] float score(std::uint8_t fieldnorm_id, std::uint32_t freq) const {
    const auto times = static_cast<float>(freq);
    return weight_ * (times / (times + norms_[fieldnorm_id]));
  }

 private:
  float weight_;
  // K1 * (1 - B + B * length / average) for each id.
  std::array<float, 256> norms_;
};

}  // namespace splitscope::workloads
