// u8 window, u8 option, u32 documents of the segment, u16 bytes of positions of two terms, u16
// bytes of postings of the first of them, u32 documents of each, then positions, then the field's
// postings from its token count on. Proven: both ways of reaching the bytes give the same numbers,
// and numbers that are written come back.
#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

constexpr std::uint64_t kTokenCountBytes = 8;
// What the reader of meta.json lets through: 2^31 - 1 is tantivy's end of documents.
constexpr std::uint32_t kMaxDocs = 0x7FFFFFFF;

struct Term {
  std::vector<std::uint32_t> docs;
  std::vector<std::uint32_t> term_freqs;
  std::vector<std::uint32_t> positions;
  bool has_freqs = false;

  bool operator==(const Term&) const = default;
};

struct Field {
  formats::SourceRange postings;
  formats::SourceRange positions;
  formats::IndexRecordOption option = formats::IndexRecordOption::kBasic;
  std::uint32_t max_doc = 0;
};

std::vector<Term> read_terms(const Field& field, const std::vector<formats::TermInfo>& infos,
                             formats::TermAccess access) {
  formats::PostingsDecoder postings(field.postings, field.option, field.max_doc, access);
  formats::PositionsDecoder positions(field.positions, access);
  std::vector<Term> terms;
  terms.reserve(infos.size());
  for (const formats::TermInfo& info : infos) {
    Term term;
    postings.open(info);
    term.has_freqs = postings.has_freqs();
    expect(postings.doc_freq() == info.doc_freq, "the number of documents is the dictionary's");
    while (const std::size_t count = postings.next_block()) {
      const auto docs = postings.docs();
      const auto freqs = postings.term_freqs();
      expect(docs.size() == count && docs.back() < field.max_doc, "documents are the segment's");
      expect(freqs.size() == (term.has_freqs ? count : 0),
             "all documents have frequencies or none");
      expect(std::ranges::find(freqs, 0U) == freqs.end(), "no frequency is 0");
      term.docs.insert(term.docs.end(), docs.begin(), docs.end());
      term.term_freqs.insert(term.term_freqs.end(), freqs.begin(), freqs.end());
    }
    expect(term.docs.size() == info.doc_freq, "a term is in as many documents as it says");
    expect(std::ranges::adjacent_find(term.docs, std::ranges::greater_equal()) == term.docs.end(),
           "documents increase");
    positions.open(info);
    for (auto chunk = positions.next_chunk(); !chunk.empty(); chunk = positions.next_chunk()) {
      term.positions.insert(term.positions.end(), chunk.begin(), chunk.end());
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

void expect_comes_back(const Field& field, const std::vector<Term>& terms, std::size_t window) {
  test::MemoryComponent idx;
  test::MemoryComponent pos;
  formats::PostingsWriter postings(idx.writer());
  formats::PositionsWriter positions(pos.writer());
  postings.begin_field(field.option, 0);
  positions.begin_field();
  std::vector<formats::TermInfo> infos;
  infos.reserve(terms.size());
  for (const Term& term : terms) {
    postings.begin_term(term.has_freqs);
    postings.add(term.docs, term.term_freqs);
    const auto [doc_freq, range] = postings.end_term();
    positions.begin_term();
    positions.add(term.positions);
    infos.push_back({doc_freq, range, positions.end_term()});
  }
  const FreshSource idx_source(idx.take(), window);
  const FreshSource pos_source(pos.take(), window);
  const Field written{formats::SourceRange(idx_source, "written.idx"),
                      formats::SourceRange(pos_source, "written.pos"), field.option, field.max_doc};
  expect(
      read_back([&] { return read_terms(written, infos, formats::TermAccess::kPerTerm); }) == terms,
      "terms come back");
}

}  // namespace

void run_postings(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  constexpr std::uint8_t kOptions = 3;
  const auto option = static_cast<formats::IndexRecordOption>(in.number<std::uint8_t>() % kOptions);
  const std::uint32_t max_doc = std::min(in.number<std::uint32_t>(), kMaxDocs);
  const auto positions_bytes = in.number<std::uint16_t>();
  const auto first_bytes = in.number<std::uint16_t>();
  const auto first_docs = in.number<std::uint32_t>();
  const auto second_docs = in.number<std::uint32_t>();
  const FreshSource pos(in.take(positions_bytes), window);
  const FreshSource idx(in.rest(), window);
  const Field field{formats::SourceRange(idx, "input.idx"), formats::SourceRange(pos, "input.pos"),
                    option, max_doc};

  const std::uint64_t end = idx.size() > kTokenCountBytes ? idx.size() - kTokenCountBytes : 0;
  const std::uint64_t cut = std::min<std::uint64_t>(first_bytes, end);
  // The second term's positions are empty: one run of numbers is as good as two.
  const std::vector<formats::TermInfo> infos = {
      {first_docs, {0, cut}, {0, pos.size()}}, {second_docs, {cut, end}, {pos.size(), pos.size()}}};
  const auto terms = read_terms(field, infos, formats::TermAccess::kPerTerm);
  expect(read_terms(field, infos, formats::TermAccess::kForward) == terms,
         "one scan gives the same");
  expect_comes_back(field, terms, window);
}

}  // namespace splitscope::fuzz
