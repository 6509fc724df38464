#include <algorithm>
#include <random>
#include <vector>

#include "formats/codec/byte_reader.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/postings/skip_record.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::MemoryComponent;
using Numbers = std::vector<std::uint32_t>;

constexpr std::uint32_t kMaxDoc = 0x7FFFFFFE;
constexpr IndexRecordOption kOptions[] = {IndexRecordOption::kBasic, IndexRecordOption::kFreq,
                                          IndexRecordOption::kPosition};

struct Term {
  Numbers docs;
  Numbers freqs;
  bool with_freqs = true;
  TermInfo info;
};

struct Field {
  std::vector<Term> terms;
  std::vector<std::byte> bytes;
};

Term random_term(std::mt19937_64& random, std::size_t count, std::uint32_t max_gap) {
  Term term;
  std::uint64_t doc = random() % max_gap;
  const unsigned freq_bits = static_cast<unsigned>(random() % 32);
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(doc < kMaxDoc);
    term.docs.push_back(static_cast<std::uint32_t>(doc));
    term.freqs.push_back(1 + (static_cast<std::uint32_t>(random()) >> (32 - freq_bits - 1)) / 2);
    doc += 1 + random() % max_gap;
  }
  return term;
}

Field write_field(IndexRecordOption option, std::vector<Term> terms, std::size_t chunk) {
  Field field;
  field.terms = std::move(terms);
  MemoryComponent out;
  PostingsWriter writer(out.writer());
  writer.begin_field(option, 4711);
  for (Term& term : field.terms) {
    writer.begin_term(term.with_freqs);
    for (std::size_t at = 0; at < term.docs.size(); at += chunk) {
      const std::size_t count = std::min(chunk, term.docs.size() - at);
      writer.add(std::span(term.docs).subspan(at, count), std::span(term.freqs).subspan(at, count));
    }
    const auto written = writer.end_term();
    term.info = {written.doc_freq, written.range, {0, 0}};
  }
  field.bytes = out.take();
  return field;
}

void check_field(const Field& field, IndexRecordOption option, std::size_t window,
                 TermAccess access) {
  const MemorySource source(field.bytes, window);
  const SourceRange range(source, "x.idx");
  CHECK(read_total_num_tokens(range) == 4711);
  PostingsDecoder decoder(range, option, kMaxDoc, access);
  for (const Term& term : field.terms) {
    decoder.open(term.info);
    const bool with_freqs =
        option != IndexRecordOption::kBasic && term.with_freqs && !term.docs.empty();
    REQUIRE(decoder.has_freqs() == with_freqs);
    Numbers docs;
    Numbers freqs;
    while (const std::size_t n = decoder.next_block()) {
      REQUIRE(decoder.docs().size() == n);
      docs.insert(docs.end(), decoder.docs().begin(), decoder.docs().end());
      freqs.insert(freqs.end(), decoder.term_freqs().begin(), decoder.term_freqs().end());
    }
    REQUIRE(decoder.next_block() == 0);
    REQUIRE(docs == term.docs);
    REQUIRE(freqs == (with_freqs ? term.freqs : Numbers{}));
  }
}

TEST_CASE("postings come back at every block boundary") {
  std::mt19937_64 random(1);
  std::vector<Term> terms;
  for (const std::size_t count : {0U, 1U, 2U, 127U, 128U, 129U, 255U, 256U, 257U, 1000U, 10000U}) {
    for (const std::uint32_t gap : {1U, 2U, 100U, 100000U}) {
      terms.push_back(random_term(random, count, gap));
      terms.push_back(terms.back());
      terms.back().with_freqs = false;
    }
  }
  terms.push_back(random_term(random, 300000, 7000));
  for (const IndexRecordOption option : kOptions) {
    for (const std::size_t chunk : {1U, 100U, 128U, 1000000U}) {
      const Field field = write_field(option, terms, chunk);
      for (const std::size_t window : {0U, 1U, 7U, 4096U}) {
        check_field(field, option, window, TermAccess::kPerTerm);
        check_field(field, option, window, TermAccess::kForward);
      }
    }
  }
}

TEST_CASE("documents and frequencies of every width come back") {
  std::vector<Term> terms;
  for (unsigned bits = 0; bits < 31; ++bits) {
    Term term;
    // 127 neighbours, then one gap of this width; the greatest document is 2^31 - 3.
    for (std::uint32_t i = 0; i < 127; ++i) term.docs.push_back(i);
    term.docs.push_back(std::min(126 + (1U << bits), kMaxDoc - 1));
    term.freqs.assign(128, 1);
    term.freqs[77] = bits == 30 ? 0xFFFFFFFF : 1U << bits;
    terms.push_back(term);
    std::reverse(term.freqs.begin(), term.freqs.end());
    term.docs.front() = 0;
    term.docs.push_back(kMaxDoc - 1);
    term.freqs.push_back(0xFFFFFFFF);
    if (term.docs[127] < kMaxDoc - 1) terms.push_back(term);
  }
  for (const IndexRecordOption option : kOptions) {
    check_field(write_field(option, terms, 1000), option, 7, TermAccess::kPerTerm);
  }
}

TEST_CASE("a first document that is far away comes back") {
  Term term;
  for (std::uint32_t i = 0; i < 128; ++i) term.docs.push_back(kMaxDoc - 128 + i);
  term.freqs.assign(128, 3);
  const Field field = write_field(IndexRecordOption::kFreq, {term}, 1000);
  check_field(field, IndexRecordOption::kFreq, 0, TermAccess::kPerTerm);
}

TEST_CASE("skip records have the bytes that tantivy's format asks for") {
  Term term;
  for (std::uint32_t i = 0; i < 128; ++i) term.docs.push_back(2 * i);
  term.freqs.assign(128, 5);
  const Field field = write_field(IndexRecordOption::kPosition, {term}, 1000);
  ByteReader reader(field.bytes);
  CHECK(reader.fixed<std::uint64_t>() == 4711);
  CHECK(reader.vint() == 12);
  CHECK(reader.fixed<std::uint32_t>() == 254);  // last document
  CHECK(reader.fixed<std::uint8_t>() == 0x41);  // strict, deltas of one bit
  CHECK(reader.fixed<std::uint8_t>() == 3);     // frequency minus one is 4
  CHECK(reader.fixed<std::uint32_t>() == 640);  // sum
  CHECK(reader.fixed<std::uint8_t>() == 0);     // no norms: the pair is (0, 0)
  CHECK(reader.fixed<std::uint8_t>() == 0);
  CHECK(reader.remaining() == packed_block_bytes(1) + packed_block_bytes(3));
  // Deltas minus one are 0 for the first document and 1 for the others.
  CHECK(reader.fixed<std::uint32_t>() == 0xFFFFFFFE);
}

TEST_CASE("the best posting of a block is in its skip record") {
  Numbers docs(256);
  Numbers freqs(256, 2);
  std::vector<std::uint8_t> norms(256, 30);
  for (std::uint32_t i = 0; i < 256; ++i) docs[i] = i;
  freqs[9] = 300;
  norms[200] = 3;
  MemoryComponent out;
  PostingsWriter writer(out.writer());
  writer.begin_field(IndexRecordOption::kFreq, 256 * 30, norms);
  writer.begin_term();
  writer.add(docs, freqs);
  (void)writer.end_term();
  const auto bytes = out.take();
  const std::size_t first = 8 + 1;
  const auto size = SkipRecord::bytes_of(IndexRecordOption::kFreq);
  const auto one = SkipRecord::read(std::span(bytes).subspan(first, size));
  const auto two = SkipRecord::read(std::span(bytes).subspan(first + size, size));
  CHECK(one.max_fieldnorm_id == 30);
  CHECK(one.max_freq == 255);
  CHECK(two.max_fieldnorm_id == 3);
  CHECK(two.max_freq == 2);
}

// A list of 130 documents as formats before 6 have it: plain deltas, frequencies as they are.
TEST_CASE("postings of older formats are read") {
  Numbers docs(130);
  Numbers freqs(130);
  for (std::uint32_t i = 0; i < 130; ++i) {
    docs[i] = 3 + i * i;
    freqs[i] = 1 + i % 6;
  }
  NumberBlock deltas;
  NumberBlock first_freqs;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < kBlockLength; ++i) {
    deltas[i] = i == 0 ? docs[0] : docs[i] - docs[i - 1];
    first_freqs[i] = freqs[i];
    sum += freqs[i];
  }
  SkipRecord record;
  record.last_doc = docs[127];
  record.doc_bits = block_bits(deltas);
  record.strict = false;
  record.freq_bits = block_bits(first_freqs);
  record.freq_sum = sum;
  ByteBuffer out;
  out.fixed(std::uint64_t{9});
  out.vint(12);
  record.write(IndexRecordOption::kPosition, out);
  std::vector<std::byte> packed(packed_block_bytes(record.doc_bits) +
                                packed_block_bytes(record.freq_bits));
  pack_block(deltas, record.doc_bits, packed.data());
  pack_block(first_freqs, record.freq_bits, packed.data() + packed_block_bytes(record.doc_bits));
  out.bytes(packed);
  out.vint(docs[128] - docs[127]);
  out.vint(docs[129] - docs[128]);
  out.vint(freqs[128]);
  out.vint(freqs[129]);
  Term term{docs, freqs, true, {130, {0, out.size() - 8}, {0, 0}}};
  const MemorySource source(out.take());
  PostingsDecoder decoder(SourceRange(source, "x.idx"), IndexRecordOption::kPosition, 20000);
  decoder.open(term.info);
  Numbers read_docs;
  Numbers read_freqs;
  while (decoder.next_block() > 0) {
    read_docs.insert(read_docs.end(), decoder.docs().begin(), decoder.docs().end());
    read_freqs.insert(read_freqs.end(), decoder.term_freqs().begin(), decoder.term_freqs().end());
  }
  CHECK(read_docs == docs);
  CHECK(read_freqs == freqs);
}

TEST_CASE("misuse of the postings writer is refused") {
  MemoryComponent out;
  PostingsWriter writer(out.writer());
  writer.begin_field(IndexRecordOption::kFreq, 0);
  writer.begin_term();
  writer.add(Numbers{1, 5}, Numbers{1, 1});
  CHECK_THROWS_AS(writer.add(Numbers{5}, Numbers{1}), std::logic_error);
  CHECK_THROWS_AS(writer.add(Numbers{8, 7}, Numbers{1, 1}), std::logic_error);
  CHECK_THROWS_AS(writer.add(Numbers{8}, Numbers{0}), std::logic_error);
  CHECK_THROWS_AS(writer.add(Numbers{8}, Numbers{}), std::logic_error);
  CHECK_THROWS_AS(writer.add(Numbers{0x7FFFFFFF}, Numbers{1}), std::logic_error);
}

}  // namespace
}  // namespace splitscope::formats
