#include "formats/segment/terms/k_way_merge.h"

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

// Which inputs hold a key, and the frequency that each has for it.
using Oracle = std::map<std::string, std::map<std::uint32_t, std::uint32_t>>;

std::string random_key(std::mt19937_64& random, std::size_t variety) {
  // Keys around the eight bytes of the cached prefix, zero bytes among them.
  std::string key(random() % 3 == 0 ? 8 : random() % 4, 'p');
  for (std::uint64_t left = random() % 3; left > 0; --left) key += '\0';
  key += std::to_string(random() % variety);
  return key;
}

void check_merge(std::size_t inputs, std::size_t keys_each, std::size_t variety) {
  std::mt19937_64 random(inputs * 1000003 + keys_each);
  Oracle oracle;
  std::vector<MemorySource> sources;
  for (std::uint32_t input = 0; input < inputs; ++input) {
    std::map<std::string, std::uint32_t> own;
    for (std::size_t i = 0; i < keys_each; ++i) {
      own[random_key(random, variety)] = static_cast<std::uint32_t>(random() % 1000);
    }
    if (input % 4 == 3) own.clear();
    MemoryComponent out;
    TermWriter writer(out.writer());
    for (const auto& [key, freq] : own) {
      writer.insert(key_of(key), {freq, {0, 0}, {0, 0}});
      oracle[key][input] = freq;
    }
    writer.finish();
    sources.emplace_back(out.take(), 4096);
  }
  std::vector<TermStream> streams;
  streams.reserve(sources.size());
  for (const MemorySource& source : sources) streams.emplace_back(SourceRange(source, "x.term"));
  KWayMerge<TermStream> merge(std::move(streams));
  for (const auto& [key, holders] : oracle) {
    REQUIRE(merge.advance());
    REQUIRE(text_of(merge.key()) == key);
    REQUIRE(merge.inputs().size() == holders.size());
    std::size_t at = 0;
    for (const auto& [input, freq] : holders) {
      REQUIRE(merge.inputs()[at++] == input);
      REQUIRE(text_of(merge.stream(input).key()) == key);
      REQUIRE(merge.stream(input).value().doc_freq == freq);
    }
  }
  CHECK_FALSE(merge.advance());
  CHECK_FALSE(merge.advance());
  CHECK(merge.inputs().empty());
}

TEST_CASE("merging gives what a sorted map gives") {
  for (const std::size_t inputs : {0U, 1U, 2U, 3U, 5U, 12U, 33U}) {
    for (const std::size_t keys : {0U, 1U, 10U, 3000U}) {
      check_merge(inputs, keys, 50);
      check_merge(inputs, keys, 100000);
    }
  }
}

TEST_CASE("string dictionaries merge with their ordinals") {
  const std::vector<std::vector<std::string>> dictionaries = {
      {"a", "c", "d"}, {}, {"b", "c"}, {"c", "e"}};
  std::vector<MemorySource> sources;
  for (const auto& keys : dictionaries) {
    MemoryComponent out;
    OrdinalWriter writer(out.writer());
    for (const std::string& key : keys) writer.insert(key_of(key));
    writer.finish();
    sources.emplace_back(out.take(), 7);
  }
  std::vector<OrdinalStream> streams;
  streams.reserve(sources.size());
  for (const MemorySource& source : sources) streams.emplace_back(SourceRange(source, "strings"));
  KWayMerge<OrdinalStream> merge(std::move(streams));
  std::string seen;
  while (merge.advance()) {
    seen += text_of(merge.key());
    for (const std::uint32_t input : merge.inputs()) {
      seen += std::to_string(input) + ":" + std::to_string(merge.stream(input).ordinal()) + " ";
    }
  }
  CHECK(seen == "a0:0 b2:0 c0:1 2:1 3:0 d0:2 e3:1 ");
}

}  // namespace
}  // namespace splitscope::formats
