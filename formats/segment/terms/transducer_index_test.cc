// The index of version 3: its transducer, its addresses, and look-ups through both.
#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "formats/segment/terms/block_index.h"
#include "formats/segment/terms/dictionary_lookup.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/fst_stream.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "formats/segment/terms/testing/transducer_index.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::key_of;
using test::text_of;
using test::TransducerWriter;
using Content = std::vector<std::byte>;

constexpr ReaderPlace kPlace{"x.term", 1000};

Content tantivy_dictionary() {
  const auto bytes = std::as_bytes(std::span(test::kTantivyDictionary));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> random_keys(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::string> keys;
  if (seed % 2 == 0 && count > 0) keys.insert("");
  while (keys.size() < count) {
    std::string key;
    const bool binary = random() % 2 == 0;
    for (std::uint64_t left = random() % 6; left > 0; --left) {
      key += binary ? static_cast<char>(random()) : "the/\xFF\0Z"[random() % 7];
    }
    // Some keys that go on from others, so that nodes are final and have transitions.
    key += std::to_string(random() % (2 * count));
    keys.insert(key);
    if (keys.size() < count && random() % 4 == 0) keys.insert(key + "more");
  }
  return {keys.begin(), keys.end()};
}

TEST_CASE("a dictionary that tantivy wrote is searched by its transducer") {
  const MemorySource source(tantivy_dictionary(), 7);
  const SourceRange dictionary(source, "strings");
  const SstableFooter footer = SstableFooter::read(dictionary);
  REQUIRE(footer.index_version == kTransducerIndexVersion);
  const BlockIndex index(dictionary, footer);
  REQUIRE(index.size() == 4);
  const OrdinalDictionary strings(dictionary);
  REQUIRE(strings.num_terms() == test::kTantivyKeys.size());
  KeyBuffer key;
  constexpr std::uint64_t kBlockOf[] = {0, 0, 10, 10, 21, 21, 34};
  for (std::size_t i = 0; i < test::kTantivyKeys.size(); ++i) {
    REQUIRE(strings.key_at(i, key));
    CHECK(text_of(key.span()) == test::kTantivyKeys[i]);
    CHECK(index.part_of_ordinal(i).bytes.start == kBlockOf[i]);
    CHECK(index.part_of_key(key_of(test::kTantivyKeys[i]))->bytes.start == kBlockOf[i]);
  }
  CHECK_FALSE(strings.key_at(7, key));
  CHECK_FALSE(index.part_of_key(key_of("f")).has_value());
  CHECK(index.part_of_key(key_of("bear"))->bytes == ByteRange{10, 21});
}

TEST_CASE("all keys of a transducer come back in order with their values") {
  for (const std::size_t count : {0U, 1U, 2U, 31U, 32U, 33U, 63U, 64U, 65U, 300U, 5000U}) {
    for (const bool late : {false, true}) {
      const auto keys = random_keys(count, count + 1);
      const TransducerWriter transducer(keys, late);
      FstStream stream(transducer.bytes(), kPlace);
      REQUIRE(stream.size() == count);
      // The empty transducer is written as the one of the empty key.
      for (std::size_t i = 0; i < keys.size(); ++i) {
        REQUIRE(stream.advance());
        REQUIRE(text_of(stream.key()) == keys[i]);
        REQUIRE(stream.value() == i);
      }
      if (count > 0) CHECK_FALSE(stream.advance());
    }
  }
}

TEST_CASE("nodes have any number of transitions, up to one for each byte") {
  for (const unsigned count : {1U, 2U, 32U, 33U, 63U, 64U, 255U, 256U}) {
    std::vector<std::string> keys;
    keys.reserve(count);
    for (unsigned i = 0; i < count; ++i) keys.emplace_back(1, static_cast<char>(i));
    const TransducerWriter transducer(keys, count % 2 == 0);
    FstStream stream(transducer.bytes(), kPlace);
    for (const std::string& key : keys) {
      REQUIRE(stream.advance());
      REQUIRE(text_of(stream.key()) == key);
    }
    CHECK_FALSE(stream.advance());
  }
}

// A dictionary with the index of version 3 in place of our own.
Content with_transducer(const Content& field, bool late) {
  const MemorySource source(field);
  const SourceRange dictionary = sstable_of_field(SourceRange(source, "x.term"));
  const SstableFooter footer = SstableFooter::read(dictionary);
  const BlockIndex index(dictionary, footer);
  std::vector<std::string> last_keys;
  std::vector<BlockAddress> blocks;
  TermStream terms(SourceRange(source, "x.term"));
  while (terms.advance()) {
    const auto part = index.part_of_ordinal(terms.ordinal());
    if (blocks.empty() || blocks.back().bytes != part.bytes) {
      blocks.push_back({part.bytes, part.first_ordinal});
      last_keys.emplace_back();
    }
    last_keys.back() = text_of(terms.key());
  }
  const TransducerWriter transducer(last_keys, late);
  ByteBuffer out;
  out.bytes(std::span(field).first(static_cast<std::size_t>(footer.blocks_end)));
  out.bytes(transducer.bytes());
  out.bytes(test::write_block_addresses(blocks).span());
  out.fixed(std::uint64_t{transducer.bytes().size()});
  out.fixed(footer.blocks_end);
  out.fixed(footer.num_terms);
  out.fixed(kTransducerIndexVersion);
  out.fixed(std::uint32_t{2});
  return out.take();
}

Content field_of(const std::vector<std::string>& keys) {
  test::MemoryComponent out;
  TermWriter writer(out.writer());
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    writer.insert(key_of(keys[i]), {i, {i, i + 1}, {0, 0}});
  }
  writer.finish();
  return out.take();
}

// Keys of which each has a block of its own.
std::vector<std::string> long_keys(std::size_t count) {
  constexpr std::size_t kMoreThanABlock = 4001;
  std::vector<std::string> keys;
  keys.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back("key" + std::to_string(1000 + i) + std::string(kMoreThanABlock, 'x'));
  }
  return keys;
}

void check_lookups(const std::vector<std::string>& keys, const Content& field) {
  const MemorySource source(field, 4096);
  const TermDictionary dictionary(SourceRange(source, "x.term"));
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const auto info = dictionary.lookup(key_of(keys[i]));
    REQUIRE(info.has_value());
    REQUIRE(info->doc_freq == i);
    REQUIRE_FALSE(dictionary.lookup(key_of(keys[i] + '\0')).has_value());
  }
  CHECK_FALSE(dictionary.lookup(key_of(std::string(10, '\xFF'))).has_value());
}

TEST_CASE("terms are found through a transducer, whatever the number of blocks") {
  for (const std::size_t blocks : {2U, 127U, 128U, 129U, 257U}) {
    const auto keys = long_keys(blocks);
    check_lookups(keys, with_transducer(field_of(keys), blocks % 2 == 0));
  }
  const auto many = random_keys(20000, 3);
  check_lookups(many, with_transducer(field_of(many), false));
}

void read_all(const Content& content) {
  try {
    const MemorySource source(content, 64);
    const OrdinalDictionary dictionary(SourceRange(source, "strings"));
    KeyBuffer key;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(dictionary.num_terms(), 20); ++i) {
      (void)dictionary.key_at(i, key);
    }
  } catch (const FormatError&) {
  }
}

TEST_CASE("a damaged transducer does no harm") {
  const Content whole = tantivy_dictionary();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      Content damaged = whole;
      damaged[at] = static_cast<std::byte>(value);
      read_all(damaged);
    }
  }
  std::mt19937_64 random(7);
  const auto keys = random_keys(400, 9);
  const TransducerWriter transducer(keys, false);
  const Content bytes(transducer.bytes().begin(), transducer.bytes().end());
  for (int round = 0; round < 3000; ++round) {
    Content damaged = bytes;
    for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    }
    try {
      FstStream stream(damaged, kPlace);
      for (std::size_t taken = 0; taken < 2 * keys.size() && stream.advance(); ++taken) {
      }
    } catch (const FormatError&) {
    }
  }
}

// A transducer with these bytes as its nodes and the last of them as its root.
Content transducer_of(std::initializer_list<unsigned> nodes) {
  ByteBuffer out;
  out.fixed(std::uint64_t{2});
  out.fixed(std::uint64_t{0});
  for (const unsigned byte : nodes) out.fixed(static_cast<std::uint8_t>(byte));
  const std::uint64_t root = out.size() - 1;
  out.fixed(std::uint64_t{1});
  out.fixed(root);
  return out.take();
}

TEST_CASE("errors of a transducer say what is wrong and where") {
  using test::contains;
  const auto walk = [](const Content& content) {
    FstStream stream(content, kPlace);
    while (stream.advance()) {
    }
  };
  CHECK_THROWS_WITH(walk(Content(20)), contains("x.term: at byte 1000") && contains("32 bytes"));
  Content version = transducer_of({0});
  version[0] = std::byte{3};
  CHECK_THROWS_WITH(walk(version), contains("version other than 1 and 2"));
  Content root = transducer_of({0x81, 0x10, 0x81});
  root[root.size() - 8] = std::byte{17};
  CHECK_THROWS_WITH(walk(root), contains("at byte 1019") && contains("end with its root"));
  // No transitions and not final: a state of 0, 0 of them, no widths.
  CHECK_THROWS_WITH(walk(transducer_of({0, 0, 0})), contains("leads nowhere"));
  // One transition to what lies before the first node.
  CHECK_THROWS_WITH(walk(transducer_of({5, 0x10, 0x81})), contains("leads 5 bytes back"));
  CHECK_THROWS_WITH(walk(transducer_of({0xC1})), contains("leads 1 bytes back"));
  CHECK_THROWS_WITH(walk(transducer_of({0, 0x90, 0x81})), contains("more than 8 bytes"));
  CHECK_THROWS_WITH(walk(transducer_of({0x00, 0x81})), contains("does not say where it leads"));
  CHECK_THROWS_WITH(walk(transducer_of({0x10, 0x05})), contains("runs past the first node"));
  // Two transitions, both on 'b', to the empty node.
  CHECK_THROWS_WITH(walk(transducer_of({0, 0, 'b', 'b', 0x10, 0x02})),
                    contains("keys that do not increase"));
}

TEST_CASE("a transducer that does not fit its addresses is refused") {
  using test::contains;
  const auto index_of = [](const std::vector<std::string>& keys,
                           const std::vector<BlockAddress>& blocks, std::uint64_t num_terms) {
    const TransducerWriter transducer(keys, false);
    ByteBuffer out;
    constexpr std::uint64_t kBlocksBytes = 30;
    out.resize(kBlocksBytes + 4);
    const std::uint64_t blocks_end = out.size();
    out.bytes(transducer.bytes());
    out.bytes(test::write_block_addresses(blocks).span());
    out.fixed(std::uint64_t{transducer.bytes().size()});
    out.fixed(blocks_end);
    out.fixed(num_terms);
    out.fixed(kTransducerIndexVersion);
    const MemorySource source(out.take());
    const SourceRange dictionary(source, "x");
    return BlockIndex(dictionary, SstableFooter::read(dictionary)).size();
  };
  const std::vector<BlockAddress> blocks = {{{0, 10}, 0}, {{10, 20}, 3}, {{20, 30}, 5}};
  CHECK(index_of({"a", "b", "c"}, blocks, 9) == 3);
  CHECK_THROWS_WITH(index_of({"a", "b"}, blocks, 9), contains("no key for block 2"));
  CHECK_THROWS_WITH(index_of({"a", "b", "c", "d"}, blocks, 9), contains("more than its 3 blocks"));
  CHECK_THROWS_WITH(index_of({"a", "b", "c"}, blocks, 5), contains("block 2"));
  CHECK_THROWS_WITH(index_of({"a", "b"}, {{{0, 10}, 0}, {{10, 20}, 3}}, 9),
                    contains("does not cover its blocks"));
  CHECK_THROWS_WITH(index_of({"a", "b"}, {{{0, 10}, 0}, {{10, 31}, 3}}, 9), contains("block 1"));

  // The outputs of the four transitions of tantivy's root, last first.
  Content number = tantivy_dictionary();
  constexpr std::size_t kOutputs = 77;
  REQUIRE(number[kOutputs] == std::byte{3});
  REQUIRE(number[kOutputs + 1] == std::byte{2});
  number[kOutputs + 1] = std::byte{3};
  const MemorySource source(number);
  CHECK_THROWS_WITH(OrdinalDictionary(SourceRange(source, "x")), contains("no key for block 2"));
}

}  // namespace
}  // namespace splitscope::formats
