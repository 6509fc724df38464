#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::key_of;
using test::MemoryComponent;
using test::text_of;
using Content = std::vector<std::byte>;

constexpr std::size_t kWindows[] = {0, 1, 7, 4096};

// A value that depends on the number of the key, with ranges that go on from one to the next.
TermInfo info_of(std::uint64_t number, const TermInfo& before) {
  TermInfo info;
  info.doc_freq = static_cast<std::uint32_t>(number * 2654435761U % 100000);
  info.postings = {before.postings.end, before.postings.end + number % 300};
  info.positions = {before.positions.end, before.positions.end + (number % 7) * 1000};
  return info;
}

Content write_terms(const std::vector<std::string>& keys, std::vector<TermInfo>& infos) {
  MemoryComponent out;
  out.writer().write(key_of("what lies before"));
  TermWriter writer(out.writer());
  TermInfo info;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    info = info_of(i, info);
    infos.push_back(info);
    writer.insert(key_of(keys[i]), info);
  }
  writer.finish();
  Content bytes = out.take();
  bytes.erase(bytes.begin(), bytes.begin() + 16);
  return bytes;
}

void check_round_trip(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<TermInfo> infos;
  const Content bytes = write_terms(keys, infos);
  for (const std::size_t window : kWindows) {
    const MemorySource source(bytes, window);
    TermStream stream(SourceRange(source, "x.term"));
    REQUIRE(stream.num_terms() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      REQUIRE(stream.advance());
      REQUIRE(text_of(stream.key()) == keys[i]);
      REQUIRE(stream.value() == infos[i]);
      REQUIRE(stream.ordinal() == i);
    }
    CHECK_FALSE(stream.advance());
    CHECK_FALSE(stream.advance());
  }
}

// `behind`: bytes that follow the SSTable's footer.
std::uint32_t index_version(const Content& dictionary, std::size_t behind) {
  std::uint32_t version = 0;
  std::memcpy(&version, dictionary.data() + dictionary.size() - behind - 4, 4);
  return version;
}

TEST_CASE("dictionaries come back with keys of every length") {
  std::vector<std::string> keys;
  for (std::size_t length = 0; length <= 300; ++length) {
    keys.push_back(std::string(length, 'a'));
    keys.push_back(std::string(length, 'a') + "b");
    keys.push_back(std::string(length, '\xFF'));
    keys.push_back(std::string(1, static_cast<char>(length)) + std::string(length, 'q'));
  }
  check_round_trip(keys);
}

TEST_CASE("dictionaries with no, one and two keys come back") {
  check_round_trip({});
  check_round_trip({""});
  check_round_trip({"only"});
  check_round_trip({"", std::string(1, '\0')});
}

TEST_CASE("deltas around sixteen kept and added bytes come back") {
  std::vector<std::string> keys;
  for (std::size_t keep = 0; keep <= 18; ++keep) {
    for (std::size_t add = 1; add <= 18; ++add) {
      keys.push_back(std::string(keep, 'k') + "m" + std::string(add - 1, 'm'));
    }
  }
  check_round_trip(keys);
}

TEST_CASE("dictionaries of many blocks come back") {
  std::mt19937_64 random(7);
  std::vector<std::string> keys;
  keys.reserve(100003);
  for (int i = 0; i < 100000; ++i) {
    keys.push_back("shared/prefix/" + std::to_string(random() % 1000000000));
  }
  for (int i = 0; i < 3; ++i) keys.push_back(std::string(20000, 'L') + std::to_string(i));
  check_round_trip(keys);
}

TEST_CASE("a block is closed when its deltas have more than 4000 bytes") {
  // The delta of a first key takes four bytes beside the key: mark, kept (1), added (2).
  for (const std::size_t length : {3996U, 3997U}) {
    MemoryComponent out;
    OrdinalWriter writer(out.writer());
    writer.insert(key_of(std::string(length, 'a')));
    writer.insert(key_of("b"));
    writer.finish();
    CHECK(index_version(out.take(), 0) == (length == 3996 ? 3 : 2));
  }
}

TEST_CASE("a dictionary has the bytes that tantivy's format asks for") {
  MemoryComponent out;
  TermWriter writer(out.writer());
  writer.insert(key_of("ab"), {2, {10, 13}, {0, 4}});
  writer.insert(key_of("abc"), {1, {13, 14}, {4, 5}});
  writer.finish();
  const unsigned char expected[] = {
      15,   0,    0,    0,    0,                 // length with the mark, stored
      0x82, 0x8A, 0x80,                          // two values from 10 and from 0
      0x82, 0x83, 0x84, 0x81, 0x81, 0x81,        // frequency and two lengths, twice
      0x20, 'a',  'b',  0x12, 'c',               // keep 0 add 2, keep 2 add 1
      0,    0,    0,    0,                       // terminator
      0,    0,    0,    0,    0,    0,    0, 0,  // no transducer
      23,   0,    0,    0,    0,    0,    0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0};
  const Content bytes = out.take();
  CHECK(std::equal(bytes.begin(), bytes.end(), std::begin(expected), std::end(expected),
                   [](std::byte a, unsigned char b) { return std::to_integer<int>(a) == b; }));
}

// The dictionary with its only block packed, as tantivy's writer may have it.
Content packed_copy(const Content& stored, bool with_size) {
  std::uint32_t length = 0;
  std::memcpy(&length, stored.data(), sizeof length);
  const std::size_t head = sizeof length + 1;
  const std::span<const std::byte> payload(stored.data() + head, length - 1);
  std::vector<std::byte> frame(ZSTD_compressBound(payload.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, with_size ? 1 : 0);
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), payload.data(), payload.size()));
  ZSTD_freeCCtx(context);

  ByteBuffer out;
  out.fixed(static_cast<std::uint32_t>(frame.size() + 1));
  out.fixed(std::uint8_t{1});
  out.bytes(frame);
  const std::uint64_t blocks_end = out.size() + 4;
  out.bytes(std::span(stored).subspan(head + payload.size(), 4 + 8));
  out.fixed(blocks_end);
  out.bytes(std::span(stored).last(8 + 4 + 4));
  return out.take();
}

TEST_CASE("packed blocks are read, whether they say their size or not") {
  std::vector<std::string> keys;
  keys.reserve(300);
  for (int i = 0; i < 300; ++i) keys.push_back("word" + std::to_string(10000 + 7 * i));
  std::vector<TermInfo> infos;
  const Content stored = write_terms(keys, infos);
  REQUIRE(index_version(stored, 4) == 3);
  for (const bool with_size : {true, false}) {
    const MemorySource source(packed_copy(stored, with_size), 100);
    TermStream stream(SourceRange(source, "x.term"));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      REQUIRE(stream.advance());
      REQUIRE(text_of(stream.key()) == keys[i]);
      REQUIRE(stream.value() == infos[i]);
    }
    CHECK_FALSE(stream.advance());
  }
}

TEST_CASE("ordinals and ranges come back") {
  MemoryComponent ordinals;
  OrdinalWriter ordinal_writer(ordinals.writer());
  MemoryComponent ranges;
  RangeWriter range_writer(ranges.writer());
  constexpr std::uint64_t kKeys = 5000;
  std::uint64_t offset = 77;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    const std::string key = "column" + std::to_string(100000 + i);
    CHECK(ordinal_writer.insert(key_of(key)) == i);
    range_writer.insert(key_of(key), {offset, offset + i});
    offset += i;
  }
  ordinal_writer.finish();
  range_writer.finish();
  const Content ordinal_bytes = ordinals.take();
  const Content range_bytes = ranges.take();
  for (const std::size_t window : kWindows) {
    const MemorySource ordinal_source(ordinal_bytes, window);
    const MemorySource range_source(range_bytes, window);
    OrdinalStream ordinal_stream(SourceRange(ordinal_source, "strings"));
    RangeStream range_stream(SourceRange(range_source, "columns"));
    REQUIRE(ordinal_stream.num_terms() == kKeys);
    std::uint64_t start = 77;
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      REQUIRE(ordinal_stream.advance());
      REQUIRE(range_stream.advance());
      REQUIRE(ordinal_stream.ordinal() == i);
      REQUIRE(text_of(ordinal_stream.key()) == "column" + std::to_string(100000 + i));
      REQUIRE(text_of(range_stream.key()) == text_of(ordinal_stream.key()));
      REQUIRE(range_stream.value() == ByteRange{start, start + i});
      start += i;
    }
    CHECK_FALSE(ordinal_stream.advance());
    CHECK_FALSE(range_stream.advance());
  }
}

TEST_CASE("what the format cannot express is refused") {
  MemoryComponent out;
  TermWriter writer(out.writer());
  writer.insert(key_of("b"), {1, {0, 2}, {0, 0}});
  CHECK_THROWS_AS(writer.insert(key_of("b"), {1, {2, 3}, {0, 0}}), std::logic_error);
  CHECK_THROWS_AS(writer.insert(key_of("a"), {1, {2, 3}, {0, 0}}), std::logic_error);
  CHECK_THROWS_AS(writer.insert(key_of("c"), {1, {5, 6}, {0, 0}}), std::logic_error);
}

}  // namespace
}  // namespace splitscope::formats
