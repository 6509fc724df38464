#include "formats/segment/postings/block_max.h"

#include <numeric>
#include <vector>

#include "formats/segment/fieldnorm.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

TEST_CASE("field norm ids stand for the lengths of tantivy's table") {
  for (std::uint32_t id = 0; id <= 40; ++id) {
    CHECK(fieldnorm_tokens(static_cast<std::uint8_t>(id)) == id);
  }
  CHECK(fieldnorm_tokens(41) == 42);
  CHECK(fieldnorm_tokens(48) == 56);
  CHECK(fieldnorm_tokens(49) == 60);
  CHECK(fieldnorm_tokens(88) == 1048);
  CHECK(fieldnorm_tokens(255) == 2013265944);
}

TEST_CASE("the posting with the best factor is kept") {
  // Average length 10: frequency 3 in a document of 5 tokens beats 4 in one of 40.
  const std::vector<std::uint8_t> norms = {40, 5, 10, 5};
  const BlockMax block_max(norms, 40);
  const std::vector<std::uint32_t> docs = {0, 1, 2};
  const std::vector<std::uint32_t> freqs = {4, 3, 3};
  const auto best = block_max.of_block(docs, freqs);
  CHECK(best.fieldnorm_id == 5);
  CHECK(best.term_freq == 3);
}

TEST_CASE("of equal factors the last is kept, without norms none") {
  const std::vector<std::uint8_t> norms = {7, 9, 7};
  const std::vector<std::uint32_t> docs = {0, 1};
  const std::vector<std::uint32_t> freqs = {1, 1};
  // No tokens at all: nothing can be compared.
  CHECK(BlockMax(norms, 0).of_block(docs, freqs).fieldnorm_id == 9);
  const auto none = BlockMax().of_block(docs, freqs);
  CHECK(none.fieldnorm_id == 0);
  CHECK(none.term_freq == 0);
  const std::vector<std::uint32_t> outside = {5};
  const std::vector<std::uint32_t> freq = {1};
  CHECK_THROWS_AS(BlockMax(norms, 20).of_block(outside, freq), std::logic_error);
}

}  // namespace
}  // namespace splitscope::formats
