// Seeking is the same as going through all documents, wherever blocks end.
#include <algorithm>
#include <random>
#include <vector>

#include "formats/errors.h"
#include "formats/segment/postings/positions_cursor.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::MemoryComponent;
using Numbers = std::vector<std::uint32_t>;

// A term with positions, and the two files that hold it.
struct Written {
  Numbers docs;
  Numbers freqs;
  std::vector<Numbers> positions;
  TermInfo info;
  std::vector<std::byte> idx;
  std::vector<std::byte> pos;

  [[nodiscard]] std::uint32_t max_doc() const { return docs.back() + 1; }
};

Written write_term(IndexRecordOption option, std::size_t count, std::uint32_t max_gap,
                   std::uint32_t max_freq, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Written term;
  std::uint32_t doc = static_cast<std::uint32_t>(random() % max_gap);
  for (std::size_t i = 0; i < count; ++i) {
    term.docs.push_back(doc);
    doc += 1 + static_cast<std::uint32_t>(random() % max_gap);
    term.freqs.push_back(1 + static_cast<std::uint32_t>(random() % max_freq));
    Numbers& positions = term.positions.emplace_back();
    std::uint32_t position = 0;
    for (std::uint32_t k = 0; k < term.freqs.back(); ++k) {
      position += static_cast<std::uint32_t>(random() % 300);
      positions.push_back(position);
    }
  }
  MemoryComponent idx;
  PostingsWriter postings(idx.writer());
  postings.begin_field(option, 1);
  postings.begin_term();
  postings.add(term.docs, term.freqs);
  const auto written = postings.end_term();
  MemoryComponent pos;
  PositionsWriter out(pos.writer());
  out.begin_field();
  out.begin_term();
  for (const Numbers& positions : term.positions) {
    Numbers deltas;
    std::uint32_t before = 0;
    for (const std::uint32_t position : positions) {
      deltas.push_back(position - before);
      before = position;
    }
    out.add(deltas);
  }
  term.info = {written.doc_freq, written.range, out.end_term()};
  term.idx = idx.take();
  term.pos = pos.take();
  return term;
}

// Seeks to `targets`, which increase, and compares with a walk over all documents.
void check_seeks(const Written& term, IndexRecordOption option, const Numbers& targets,
                 std::size_t window) {
  const MemorySource idx(term.idx, window);
  const MemorySource pos(term.pos, window);
  PostingsDecoder decoder(SourceRange(idx, "x.idx"), option, term.max_doc());
  PositionsCursor cursor(SourceRange(pos, "x.pos"));
  decoder.open(term.info);
  cursor.open(term.info);
  Numbers positions;
  for (const std::uint32_t target : targets) {
    const auto expected = std::lower_bound(term.docs.begin(), term.docs.end(), target);
    const std::size_t count = decoder.seek_block(target);
    if (expected == term.docs.end()) {
      REQUIRE(count == 0);
      REQUIRE(decoder.docs().empty());
      continue;
    }
    REQUIRE(count > 0);
    const auto docs = decoder.docs();
    const auto found = std::lower_bound(docs.begin(), docs.end(), target);
    REQUIRE(found != docs.end());
    REQUIRE(*found == *expected);
    if (option == IndexRecordOption::kBasic) continue;
    const auto place = static_cast<std::size_t>(found - docs.begin());
    const auto index = static_cast<std::size_t>(expected - term.docs.begin());
    const std::uint32_t freq = decoder.term_freqs()[place];
    REQUIRE(freq == term.freqs[index]);
    if (option != IndexRecordOption::kPosition) continue;
    std::uint64_t before = decoder.freqs_before();
    for (std::size_t i = 0; i < place; ++i) before += decoder.term_freqs()[i];
    if (index > 0 && target == term.docs[index - 1]) continue;
    cursor.read(before, freq, 7, positions);
    Numbers wanted = term.positions[index];
    for (std::uint32_t& position : wanted) position += 7;
    REQUIRE(positions == wanted);
  }
}

// Increasing, with steps of 1 to about `step`; the last lies behind the last document.
Numbers random_targets(const Written& term, std::uint32_t step, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Numbers targets;
  for (std::uint32_t at = static_cast<std::uint32_t>(random() % step); at <= term.docs.back();) {
    targets.push_back(at);
    // Not before the document that was found: its positions have been read.
    at = *std::lower_bound(term.docs.begin(), term.docs.end(), at);
    at += 1 + static_cast<std::uint32_t>(random() % step);
  }
  targets.push_back(term.docs.back() + 1);
  targets.push_back(term.docs.back() + 2);
  return targets;
}

}  // namespace

TEST_CASE("seeking finds what a walk finds, at every block boundary") {
  for (const std::size_t count : {1, 2, 127, 128, 129, 255, 256, 257, 1000, 10000}) {
    for (const IndexRecordOption option :
         {IndexRecordOption::kBasic, IndexRecordOption::kFreq, IndexRecordOption::kPosition}) {
      CAPTURE(count, static_cast<int>(option));
      const Written term = write_term(option, count, 9, 4, count);
      // Every document in turn, each block's last and first, and random strides.
      check_seeks(term, option, term.docs, 61);
      Numbers edges;
      for (std::size_t i = 127; i < count; i += 128) {
        edges.push_back(term.docs[i]);
        if (i + 1 < count) edges.push_back(term.docs[i] + 1);
      }
      check_seeks(term, option, edges, 0);
      for (const std::uint32_t step : {3U, 50U, 700U, 5000U, 60000U}) {
        check_seeks(term, option, random_targets(term, step, step), step % 2 == 0 ? 61 : 0);
      }
    }
  }
}

TEST_CASE("after a seek the blocks go on as they would have") {
  const Written term = write_term(IndexRecordOption::kPosition, 700, 5, 3, 1);
  const MemorySource idx(term.idx);
  PostingsDecoder decoder(SourceRange(idx, "x.idx"), IndexRecordOption::kPosition, term.max_doc());
  decoder.open(term.info);
  CHECK(decoder.seek_block(0) == 128);
  CHECK(decoder.seek_block(0) == 128);
  CHECK(decoder.docs().front() == term.docs[0]);
  CHECK(decoder.seek_block(term.docs[300]) == 128);
  CHECK(decoder.docs().front() == term.docs[256]);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < 256; ++i) before += term.freqs[i];
  CHECK(decoder.freqs_before() == before);
  CHECK(decoder.next_block() == 128);
  CHECK(decoder.docs().front() == term.docs[384]);
  CHECK(decoder.seek_block(term.docs[699]) == 60);
  CHECK(decoder.next_block() == 0);
  CHECK(decoder.seek_block(0) == 0);
}

TEST_CASE("a long term is sought through a scan") {
  // More than TermBytes reads at once.
  const Written term = write_term(IndexRecordOption::kPosition, 60000, 40, 9, 2);
  REQUIRE(term.info.postings.size() > TermBytes::kLongTermBytes);
  check_seeks(term, IndexRecordOption::kPosition, random_targets(term, 20000, 3), 4096);
}

TEST_CASE("skip records that lie are refused, not followed") {
  const Written term = write_term(IndexRecordOption::kPosition, 600, 5, 3, 4);
  // Behind the token count and a skip length of one byte: 12 bytes for each of four blocks.
  const std::size_t first_record = 8 + 1;
  const auto seek_with = [&](std::size_t at, std::uint8_t value) {
    std::vector<std::byte> idx = term.idx;
    idx[at] = static_cast<std::byte>(value);
    const MemorySource source(idx);
    PostingsDecoder decoder(SourceRange(source, "x.idx"), IndexRecordOption::kPosition,
                            term.max_doc());
    decoder.open(term.info);
    (void)decoder.seek_block(term.docs.back());
  };
  CHECK_NOTHROW(seek_with(first_record, static_cast<std::uint8_t>(term.idx[first_record])));
  // The first block claims to end behind the segment, the second before the first, and a width.
  CHECK_THROWS_AS(seek_with(first_record + 3, 0x7F), FormatError);
  CHECK_THROWS_AS(seek_with(first_record + 12 + 1, 0x00), FormatError);
  CHECK_THROWS_AS(seek_with(first_record + 5, 33), FormatError);
}

TEST_CASE("positions that are missing, and too many of them, are refused") {
  const Written term = write_term(IndexRecordOption::kPosition, 10, 5, 3, 5);
  const MemorySource pos(term.pos);
  PositionsCursor cursor(SourceRange(pos, "x.pos"));
  Numbers positions;
  cursor.open(term.info);
  CHECK_THROWS_AS(cursor.read(100000, 1, 0, positions), FormatError);
  cursor.open(term.info);
  CHECK_THROWS_AS(cursor.read(0, 100000, 0, positions), FormatError);
  cursor.open(term.info);
  CHECK_THROWS_AS(cursor.read(0, PositionsCursor::kMaxPositions + 1, 0, positions), FormatError);
}

}  // namespace splitscope::formats
