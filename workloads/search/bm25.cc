#include "workloads/search/bm25.h"

#include <cmath>

#include "formats/segment/fieldnorm.h"

namespace splitscope::workloads {
namespace {

// tantivy's, fixed.
constexpr float kK1 = 1.2F;
constexpr float kB = 0.75F;

}  // namespace

float bm25_idf(std::uint64_t doc_freq, std::uint64_t docs) {
  const float ratio =
      (static_cast<float>(docs - doc_freq) + 0.5F) / (static_cast<float>(doc_freq) + 0.5F);
  return std::log(1.0F + ratio);
}

Bm25::Bm25(float idf, float average_fieldnorm) : weight_(idf * (1.0F + kK1)) {
  for (std::size_t id = 0; id < norms_.size(); ++id) {
    const auto length =
        static_cast<float>(formats::fieldnorm_tokens(static_cast<std::uint8_t>(id)));
    norms_[id] = kK1 * (1.0F - kB + kB * length / average_fieldnorm);
  }
}

}  // namespace splitscope::workloads
