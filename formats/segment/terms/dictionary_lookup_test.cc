#include "formats/segment/terms/dictionary_lookup.h"

#include <algorithm>
#include <random>
#include <set>
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

std::set<std::string> random_keys(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::set<std::string> keys;
  while (keys.size() < count) {
    std::string key = random() % 2 == 0 ? "common/part/" : "";
    for (std::uint64_t left = random() % 12; left > 0; --left) {
      // Few different bytes, among them the greatest, so that prefixes and carries occur.
      key += "ab\x00\xFF"[random() % 2 == 0 ? 0 : random() % 4];
    }
    key += std::to_string(random() % (4 * count));
    keys.insert(key);
  }
  return keys;
}

std::vector<std::byte> write_terms(const std::set<std::string>& keys) {
  MemoryComponent out;
  TermWriter writer(out.writer());
  std::uint32_t number = 0;
  for (const std::string& key : keys) {
    writer.insert(key_of(key), {number, {number * 2ULL, number * 2ULL + 2}, {0, 0}});
    ++number;
  }
  writer.finish();
  return out.take();
}

TEST_CASE("every term is found, and nothing between terms is") {
  for (const std::size_t count : {0U, 1U, 50U, 100000U}) {
    const auto keys = random_keys(count, count);
    const MemorySource source(write_terms(keys), 4096);
    const TermDictionary dictionary(SourceRange(source, "x.term"));
    REQUIRE(dictionary.num_terms() == count);
    std::uint32_t number = 0;
    for (const std::string& key : keys) {
      const auto info = dictionary.lookup(key_of(key));
      REQUIRE(info.has_value());
      REQUIRE(info->doc_freq == number);
      if (number++ % 16 != 0) continue;
      for (const std::string& near :
           {key + '\0', key.substr(0, key.size() - 1), key + '\xFF', "z" + key}) {
        if (keys.count(near) == 0) REQUIRE_FALSE(dictionary.lookup(key_of(near)).has_value());
      }
    }
    if (keys.count("") == 0) CHECK_FALSE(dictionary.lookup({}).has_value());
    CHECK_FALSE(dictionary.lookup(key_of(std::string(400, '\xFF'))).has_value());
  }
}

TEST_CASE("keys are found by ordinal") {
  for (const std::size_t count : {0U, 1U, 30000U}) {
    const auto keys = random_keys(count, 11 + count);
    MemoryComponent out;
    OrdinalWriter writer(out.writer());
    for (const std::string& key : keys) writer.insert(key_of(key));
    writer.finish();
    const MemorySource source(out.take());
    const OrdinalDictionary dictionary(SourceRange(source, "strings"));
    KeyBuffer key;
    std::uint64_t ordinal = 0;
    for (const std::string& expected : keys) {
      REQUIRE(dictionary.key_at(ordinal++, key));
      REQUIRE(text_of(key.span()) == expected);
    }
    CHECK_FALSE(dictionary.key_at(ordinal, key));
    CHECK_FALSE(dictionary.key_at(~0ULL, key));
  }
}

TEST_CASE("separators lie between the keys") {
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    std::string keys[2];
    for (std::string& key : keys) {
      for (std::uint64_t left = random() % 6; left > 0; --left) {
        key += "\xFF\xFE a"[random() % 4];
      }
    }
    if (keys[0] == keys[1]) continue;
    if (keys[1].empty() || compare_keys(key_of(keys[0]), key_of(keys[1])) > 0) {
      std::swap(keys[0], keys[1]);
    }
    KeyBuffer separator;
    separator.assign(key_of(keys[0]));
    shorten_separator(separator, key_of(keys[1]));
    REQUIRE(compare_keys(key_of(keys[0]), separator.span()) <= 0);
    REQUIRE(compare_keys(separator.span(), key_of(keys[1])) < 0);
    REQUIRE(separator.size() <= keys[0].size());
  }
}

}  // namespace
}  // namespace splitscope::formats
