// Searchers skip a block when the score of its pair is too low: no document of it may score higher.
#include <limits>
#include <random>
#include <vector>

#include "formats/segment/fieldnorm.h"
#include "formats/segment/postings/block_max.h"
#include "formats/segment/postings/skip_record.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

// tantivy src/query/bm25.rs, without the weight of the term, which all documents share.
float factor_of(std::uint8_t fieldnorm_id, std::uint32_t term_freq, float average) {
  const auto length = static_cast<float>(fieldnorm_tokens(fieldnorm_id));
  const float norm = 1.2F * (1.0F - 0.75F + 0.75F * length / average);
  const auto freq = static_cast<float>(term_freq);
  return freq / (freq + norm);
}

// What a searcher makes of the pair: 255 stands for any frequency from there on.
std::uint32_t stored_freq(std::uint32_t max_freq) {
  SkipRecord record;
  record.max_freq = max_freq;
  ByteBuffer bytes;
  record.write(IndexRecordOption::kFreq, bytes);
  const std::uint32_t code = SkipRecord::read(bytes.span()).max_freq;
  return code >= 255 ? std::numeric_limits<std::uint32_t>::max() : code;
}

TEST_CASE("the pair of a block is an upper bound of its documents") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t length = 1 + random() % 128;
    std::vector<std::uint8_t> norms(length + random() % 100);
    const std::uint64_t widest = 1 + random() % 256;
    std::uint64_t tokens = 1;
    for (auto& norm : norms) {
      norm = static_cast<std::uint8_t>(random() % widest);
      tokens += fieldnorm_tokens(norm);
    }
    const std::uint64_t highest = round % 3 == 0 ? 600 : 1 + random() % 20;
    std::vector<std::uint32_t> docs;
    std::vector<std::uint32_t> freqs;
    for (std::uint32_t doc = 0; doc < length; ++doc) {
      docs.push_back(doc);
      freqs.push_back(static_cast<std::uint32_t>(1 + random() % highest));
    }
    const auto pair = BlockMax(norms, tokens).of_block(docs, freqs);
    const float average = static_cast<float>(tokens) / static_cast<float>(norms.size());
    const float bound = factor_of(pair.fieldnorm_id, stored_freq(pair.term_freq), average);
    bool reached = pair.term_freq >= 255;
    for (std::size_t i = 0; i < length; ++i) {
      const float factor = factor_of(norms[docs[i]], freqs[i], average);
      REQUIRE(factor <= bound);
      reached = reached || factor == bound;
    }
    CHECK(reached);
  }
}

}  // namespace
}  // namespace splitscope::formats
