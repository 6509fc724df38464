// Damaged postings and positions are refused with FormatError: no crash, no endless loop, no
// document out of order. Worth the most under the sanitizers.
#include <random>
#include <vector>

#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::MemoryComponent;
using Content = std::vector<std::byte>;
using Numbers = std::vector<std::uint32_t>;

constexpr std::uint32_t kMaxDoc = 5000;

struct Written {
  Content idx;
  Content pos;
  TermInfo info;
};

Written write_term(std::uint32_t count) {
  Numbers docs(count);
  Numbers freqs(count);
  MemoryComponent idx;
  MemoryComponent pos;
  PostingsWriter postings(idx.writer());
  PositionsWriter positions(pos.writer());
  postings.begin_field(IndexRecordOption::kPosition, 1);
  positions.begin_field();
  postings.begin_term();
  positions.begin_term();
  for (std::uint32_t i = 0; i < count; ++i) {
    docs[i] = i * 7;
    freqs[i] = 1 + i % 3;
    positions.add(Numbers(freqs[i], i * 11));
  }
  postings.add(docs, freqs);
  const auto term = postings.end_term();
  const ByteRange range = positions.end_term();
  return {idx.take(), pos.take(), {term.doc_freq, term.range, range}};
}

bool decode(const Content& idx, IndexRecordOption option, const TermInfo& info, TermAccess access) {
  const MemorySource source(idx, 16);
  try {
    PostingsDecoder decoder(SourceRange(source, "x.idx"), option, kMaxDoc, access);
    decoder.open(info);
    std::int64_t before = -1;
    while (decoder.next_block() > 0) {
      for (const std::uint32_t doc : decoder.docs()) {
        REQUIRE(std::int64_t{doc} > before);
        REQUIRE(doc < kMaxDoc);
        before = doc;
      }
      for (const std::uint32_t freq : decoder.term_freqs()) REQUIRE(freq > 0);
    }
    return true;
  } catch (const FormatError&) {
    return false;
  }
}

bool decode_positions(const Content& pos, const TermInfo& info) {
  const MemorySource source(pos, 16);
  try {
    PositionsDecoder decoder(SourceRange(source, "x.pos"));
    decoder.open(info);
    while (!decoder.next_chunk().empty()) {
    }
    return true;
  } catch (const FormatError&) {
    return false;
  }
}

TEST_CASE("truncated postings are refused") {
  for (const std::uint32_t count : {5U, 128U, 300U}) {
    const Written whole = write_term(count);
    REQUIRE(decode(whole.idx, IndexRecordOption::kPosition, whole.info, TermAccess::kPerTerm));
    REQUIRE(decode_positions(whole.pos, whole.info));
    for (std::size_t size = 0; size < whole.info.postings.size(); ++size) {
      // Cut off in the dictionary's range, and in the file. A short term may lose all frequencies:
      // then it is one without.
      TermInfo shorter = whole.info;
      shorter.postings.end = size;
      const bool all_freqs_cut = count == 5 && size == 5;
      CHECK(decode(whole.idx, IndexRecordOption::kPosition, shorter, TermAccess::kPerTerm) ==
            all_freqs_cut);
      const Content part(whole.idx.begin(), whole.idx.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(decode(part, IndexRecordOption::kPosition, whole.info, TermAccess::kForward));
    }
    for (std::size_t size = 0; size < whole.info.positions.size(); ++size) {
      const Content part(whole.pos.begin(), whole.pos.begin() + static_cast<std::ptrdiff_t>(size));
      CHECK_FALSE(decode_positions(part, whole.info));
    }
  }
}

TEST_CASE("postings with flipped bits do no harm") {
  std::mt19937_64 random(1);
  for (const std::uint32_t count : {5U, 128U, 300U}) {
    const Written whole = write_term(count);
    for (std::size_t at = 0; at < whole.idx.size(); ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        Content damaged = whole.idx;
        damaged[at] ^= static_cast<std::byte>(1U << bit);
        for (const IndexRecordOption option :
             {IndexRecordOption::kBasic, IndexRecordOption::kFreq, IndexRecordOption::kPosition}) {
          (void)decode(damaged, option, whole.info, TermAccess::kPerTerm);
        }
      }
    }
    for (std::size_t at = 0; at < whole.pos.size(); ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        Content damaged = whole.pos;
        damaged[at] ^= static_cast<std::byte>(1U << bit);
        (void)decode_positions(damaged, whole.info);
      }
    }
    for (int round = 0; round < 2000; ++round) {
      Content damaged = whole.idx;
      for (std::uint64_t left = 1 + random() % 30; left > 0; --left) {
        damaged[random() % damaged.size()] = static_cast<std::byte>(random());
      }
      TermInfo info = whole.info;
      info.doc_freq = static_cast<std::uint32_t>(random() % (2 * kMaxDoc));
      (void)decode(damaged, IndexRecordOption::kPosition, info, TermAccess::kForward);
    }
  }
}

TEST_CASE("ranges outside the field are refused") {
  const Written whole = write_term(5);
  for (const ByteRange range :
       {ByteRange{0, 1000}, ByteRange{~0ULL, ~0ULL}, ByteRange{5, 2}, ByteRange{0, ~0ULL}}) {
    CHECK_FALSE(
        decode(whole.idx, IndexRecordOption::kPosition, {5, range, {}}, TermAccess::kPerTerm));
    CHECK_FALSE(
        decode(whole.idx, IndexRecordOption::kPosition, {5, range, {}}, TermAccess::kForward));
    CHECK_FALSE(decode_positions(whole.pos, {5, {}, range}));
  }
}

TEST_CASE("errors name the file and what is wrong") {
  const Written whole = write_term(128);
  const MemorySource source(whole.idx);
  PostingsDecoder decoder(SourceRange(source, "a.split:0.idx"), IndexRecordOption::kPosition, 100);
  CHECK_THROWS_WITH(decoder.open(whole.info),
                    test::contains("a.split:0.idx: at byte 0") &&
                        test::contains("in 128 documents, the segment has 100"));
  Content damaged = whole.idx;
  damaged[8 + 1] = std::byte{1};  // last document of the first skip record
  const MemorySource bad(damaged);
  PostingsDecoder other(SourceRange(bad, "a.split:0.idx"), IndexRecordOption::kPosition, kMaxDoc);
  other.open(whole.info);
  CHECK_THROWS_WITH(other.next_block(), test::contains("ends with document 889"));
}

}  // namespace
}  // namespace splitscope::formats
