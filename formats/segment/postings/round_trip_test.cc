// Properties of postings and positions that hold for any numbers: they come back, and the bytes do
// not depend on how the numbers were handed over.
#include <algorithm>
#include <limits>
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

using Numbers = std::vector<std::uint32_t>;
using Random = std::mt19937_64;

// The most that meta.json may say; documents are below it.
constexpr std::uint32_t kMaxDoc = 0x7FFFFFFF;
constexpr std::uint32_t kMaxU32 = std::numeric_limits<std::uint32_t>::max();
constexpr IndexRecordOption kOptions[] = {IndexRecordOption::kBasic, IndexRecordOption::kFreq,
                                          IndexRecordOption::kPosition};
constexpr std::size_t kWindows[] = {0, 1, 7, 64, 4096};

struct Term {
  Numbers docs;
  Numbers freqs;
  Numbers positions;
  bool with_freqs = true;

  bool operator==(const Term&) const = default;
};

// At and next to each of the first block boundaries, and sometimes far behind them.
std::size_t random_count(Random& random) {
  if (random() % 20 == 0) return random() % 30000;
  const std::size_t boundary = 128 * (random() % 5);
  const std::size_t count = boundary + random() % 5;
  return count < 2 ? count : count - 2;
}

std::uint32_t random_number(Random& random) {
  const auto bits = static_cast<unsigned>(random() % 33);
  if (bits == 0) return 0;
  const std::uint32_t most = kMaxU32 >> (32 - bits);
  return random() % 4 == 0 ? most : static_cast<std::uint32_t>(random()) & most;
}

// Runs of neighbours with leaps between them, ending with the last possible document if asked to.
Numbers random_docs(Random& random, std::size_t count, bool to_the_end) {
  Numbers docs(count);
  std::uint64_t room = kMaxDoc - count;
  std::uint64_t doc = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t leap = random() % 50 == 0 ? random_number(random) : random() % 3;
    leap = std::min(leap, room / 2);
    room -= leap;
    doc += leap;
    docs[i] = static_cast<std::uint32_t>(doc++);
  }
  if (!to_the_end || count == 0) return docs;
  const std::uint32_t shift = kMaxDoc - 1 - docs.back();
  const std::size_t from = random() % count;
  for (std::size_t i = from; i < count; ++i) docs[i] += shift;
  return docs;
}

Term random_term(Random& random) {
  Term term;
  term.docs = random_docs(random, random_count(random), random() % 4 == 0);
  term.with_freqs = random() % 5 != 0;
  term.freqs.resize(term.docs.size());
  for (std::uint32_t& freq : term.freqs) {
    freq = random() % 8 == 0 ? std::max(1U, random_number(random))
                             : static_cast<std::uint32_t>(1 + random() % 3);
  }
  term.positions.resize(random_count(random));
  for (std::uint32_t& position : term.positions) position = random_number(random);
  return term;
}

struct Written {
  std::vector<std::byte> idx;
  std::vector<std::byte> pos;
  std::vector<TermInfo> infos;
};

Written write_terms(IndexRecordOption option, const std::vector<Term>& terms, std::size_t chunk) {
  test::MemoryComponent idx;
  test::MemoryComponent pos;
  PostingsWriter postings(idx.writer());
  PositionsWriter positions(pos.writer());
  postings.begin_field(option, 1);
  positions.begin_field();
  Written written;
  for (const Term& term : terms) {
    postings.begin_term(term.with_freqs);
    positions.begin_term();
    for (std::size_t at = 0; at < term.docs.size(); at += chunk) {
      const std::size_t count = std::min(chunk, term.docs.size() - at);
      postings.add(std::span(term.docs).subspan(at, count),
                   std::span(term.freqs).subspan(at, count));
    }
    for (std::size_t at = 0; at < term.positions.size(); at += chunk) {
      const std::size_t count = std::min(chunk, term.positions.size() - at);
      positions.add(std::span(term.positions).subspan(at, count));
    }
    const auto [doc_freq, range] = postings.end_term();
    written.infos.push_back({doc_freq, range, positions.end_term()});
  }
  written.idx = idx.take();
  written.pos = pos.take();
  return written;
}

// What a reader gives: no frequencies where none were written.
Term expected_term(Term term, IndexRecordOption option) {
  term.with_freqs = term.with_freqs && option != IndexRecordOption::kBasic && !term.docs.empty();
  if (!term.with_freqs) term.freqs.clear();
  return term;
}

Term read_term(PostingsDecoder& postings, PositionsDecoder& positions, const TermInfo& info) {
  Term term;
  postings.open(info);
  term.with_freqs = postings.has_freqs();
  while (postings.next_block() > 0) {
    term.docs.insert(term.docs.end(), postings.docs().begin(), postings.docs().end());
    const auto freqs = postings.term_freqs();
    term.freqs.insert(term.freqs.end(), freqs.begin(), freqs.end());
  }
  positions.open(info);
  for (auto part = positions.next_chunk(); !part.empty(); part = positions.next_chunk()) {
    term.positions.insert(term.positions.end(), part.begin(), part.end());
  }
  return term;
}

TEST_CASE("postings and positions of any numbers come back") {
  Random random(1);
  constexpr int kRounds = 120;
  for (int round = 0; round < kRounds; ++round) {
    const IndexRecordOption option = kOptions[round % 3];
    std::vector<Term> terms(1 + random() % 6);
    for (Term& term : terms) term = random_term(random);
    const Written written = write_terms(option, terms, 1 + random() % 300);
    const Written at_once = write_terms(option, terms, kMaxDoc);
    REQUIRE(written.idx == at_once.idx);
    REQUIRE(written.pos == at_once.pos);

    const std::size_t window = kWindows[random() % std::size(kWindows)];
    const MemorySource idx(written.idx, window);
    const MemorySource pos(written.pos, window);
    for (const TermAccess access : {TermAccess::kPerTerm, TermAccess::kForward}) {
      PostingsDecoder postings(SourceRange(idx, "x.idx"), option, kMaxDoc, access);
      PositionsDecoder positions(SourceRange(pos, "x.pos"), access);
      for (std::size_t i = 0; i < terms.size(); ++i) {
        const Term term = read_term(postings, positions, written.infos[i]);
        REQUIRE(term == expected_term(terms[i], option));
      }
    }
  }
}

TEST_CASE("a term in all documents up to the last possible one comes back") {
  for (const std::size_t count : {1U, 127U, 128U, 129U, 255U, 256U, 257U}) {
    Term term;
    for (std::size_t i = 0; i < count; ++i) {
      term.docs.push_back(static_cast<std::uint32_t>(kMaxDoc - count + i));
    }
    term.freqs.assign(count, kMaxU32);
    term.positions.assign(count, kMaxU32);
    const Written written = write_terms(IndexRecordOption::kPosition, {term}, count);
    const MemorySource idx(written.idx, 5);
    const MemorySource pos(written.pos, 5);
    PostingsDecoder postings(SourceRange(idx, "x.idx"), IndexRecordOption::kPosition, kMaxDoc);
    PositionsDecoder positions(SourceRange(pos, "x.pos"));
    REQUIRE(read_term(postings, positions, written.infos[0]) == term);
  }
}

TEST_CASE("a block with one wide number at any place comes back") {
  for (unsigned bits = 1; bits <= kMaxBlockBits; ++bits) {
    for (std::size_t place = 0; place < kBlockLength; ++place) {
      NumberBlock block{};
      block[place] = kMaxU32 >> (kMaxBlockBits - bits);
      REQUIRE(block_bits(block) == bits);
      std::vector<std::byte> packed(packed_block_bytes(bits));
      pack_block(block, bits, packed.data());
      NumberBlock back;
      unpack_block(packed.data(), bits, back);
      REQUIRE(back == block);
    }
  }
}

}  // namespace
}  // namespace splitscope::formats
