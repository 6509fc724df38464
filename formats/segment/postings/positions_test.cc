#include <algorithm>
#include <random>
#include <vector>

#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::MemoryComponent;
using Numbers = std::vector<std::uint32_t>;

TEST_CASE("positions come back at every block boundary and width") {
  std::mt19937_64 random(1);
  std::vector<Numbers> terms;
  for (const std::size_t count : {0U, 1U, 127U, 128U, 129U, 255U, 256U, 257U, 1000U, 100000U}) {
    for (unsigned bits = 0; bits <= 32; ++bits) {
      if (count > 1000 && bits % 8 != 0) continue;
      Numbers deltas(count);
      for (std::uint32_t& delta : deltas) {
        delta = bits == 0 ? 0 : static_cast<std::uint32_t>(random()) >> (32 - bits);
      }
      terms.push_back(deltas);
    }
  }
  for (const std::size_t chunk : {1U, 100U, 128U, 1000000U}) {
    MemoryComponent out;
    out.writer().write(std::as_bytes(std::span("another field")));
    const std::uint64_t field_start = out.writer().offset();
    PositionsWriter writer(out.writer());
    writer.begin_field();
    std::vector<ByteRange> ranges;
    for (const Numbers& deltas : terms) {
      writer.begin_term();
      for (std::size_t at = 0; at < deltas.size(); at += chunk) {
        writer.add(std::span(deltas).subspan(at, std::min(chunk, deltas.size() - at)));
      }
      ranges.push_back(writer.end_term());
    }
    auto bytes = out.take();
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(field_start));
    REQUIRE(ranges.front().start == 0);
    REQUIRE(ranges.back().end == bytes.size());
    for (const std::size_t window : {0U, 1U, 7U, 4096U}) {
      for (const TermAccess access : {TermAccess::kPerTerm, TermAccess::kForward}) {
        const MemorySource source(bytes, window);
        PositionsDecoder decoder(SourceRange(source, "x.pos"), access);
        for (std::size_t i = 0; i < terms.size(); ++i) {
          decoder.open({1, {}, ranges[i]});
          Numbers deltas;
          for (auto part = decoder.next_chunk(); !part.empty(); part = decoder.next_chunk()) {
            deltas.insert(deltas.end(), part.begin(), part.end());
          }
          REQUIRE(deltas == terms[i]);
        }
      }
    }
  }
}

TEST_CASE("positions have the bytes that tantivy's format asks for") {
  MemoryComponent out;
  PositionsWriter writer(out.writer());
  writer.begin_field();
  writer.begin_term();
  CHECK(writer.end_term() == ByteRange{0, 1});
  writer.begin_term();
  writer.add(Numbers{300, 2});
  CHECK(writer.end_term() == ByteRange{1, 5});
  writer.begin_term();
  writer.add(Numbers(129, 1));
  CHECK(writer.end_term() == ByteRange{5, 24});
  const auto bytes = out.take();
  // No positions; two in a tail; a block of width 1 with its tail of one.
  std::vector<unsigned> expected = {0x80, 0x80, 0x2C, 0x82, 0x82, 0x81, 0x01};
  expected.resize(expected.size() + packed_block_bytes(1), 0xFF);
  expected.push_back(0x81);
  CHECK(std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end(),
                   [](std::byte a, unsigned b) { return std::to_integer<unsigned>(a) == b; }));
}

TEST_CASE("a term without positions yields none") {
  const MemorySource source({});
  PositionsDecoder decoder(SourceRange(source, "x.pos"));
  decoder.open({1, {}, {0, 0}});
  CHECK(decoder.next_chunk().empty());
}

TEST_CASE("terms must be opened front to back when read forward") {
  const MemorySource source(std::vector<std::byte>(10, std::byte{0x80}), 3);
  PositionsDecoder decoder(SourceRange(source, "x.pos"), TermAccess::kForward);
  decoder.open({1, {}, {5, 6}});
  CHECK(decoder.next_chunk().empty());
  CHECK_THROWS_WITH(decoder.open({1, {}, {2, 3}}), test::contains("lie before those"));
  decoder.open({1, {}, {8, 9}});
  CHECK(decoder.next_chunk().empty());
}

}  // namespace
}  // namespace splitscope::formats
