// Properties of dictionaries that hold for any keys and values: they come back by streaming, by
// look-up and by ordinal, and blocks end where the format says.
#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "formats/segment/limits.h"
#include "formats/segment/terms/block_index.h"
#include "formats/segment/terms/dictionary_lookup.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::key_of;
using test::text_of;
using Random = std::mt19937_64;
using Content = std::vector<std::byte>;

constexpr std::uint64_t kMaxU64 = std::numeric_limits<std::uint64_t>::max();
// Values are found eight at a time and counted by a number of one byte up to 127.
constexpr std::size_t kCounts[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 127, 128, 129, 255, 256, 257, 700};
constexpr std::size_t kWindows[] = {0, 1, 7, 64, 4096};
// Longer than kMaxTermBytes: columns do not have that limit.
constexpr std::size_t kLongestKey = 65536;

std::string random_key(Random& random, unsigned shape) {
  std::string key;
  switch (shape) {
    case 0:  // Few different bytes, the smallest and the greatest among them.
      for (std::uint64_t left = random() % 24; left > 0; --left) key += "ab\xFF\0"[random() % 4];
      return key;
    case 1:  // Numbers as terms hold them: eight bytes, the most significant first.
      for (std::uint64_t number = random() % 100000, shift = 64; shift > 0; shift -= 8) {
        key += static_cast<char>(number >> (shift - 8));
      }
      return key;
    case 2:  // Around the lengths where deltas take their long form, twice.
      return std::string(120 + random() % 16, 'p') + std::to_string(random() % 5000) +
             std::string(random() % 18, 's');
    default:
      return std::string(random() % 40 == 0 ? kLongestKey - 8 : 3, 'L') +
             std::to_string(random() % 100000);
  }
}

std::vector<std::string> random_keys(Random& random, std::size_t count, unsigned shape) {
  std::set<std::string> keys;
  while (keys.size() < count) keys.insert(random_key(random, shape));
  return {keys.begin(), keys.end()};
}

std::uint64_t random_length(Random& random) {
  constexpr std::uint64_t kLengths[] = {0, 1, 127, 128, 16383, 16384, 1ULL << 32, 1ULL << 50};
  return random() % 2 == 0 ? random() % 1000 : kLengths[random() % std::size(kLengths)];
}

// Without gaps, and half of the time so that the last one ends at 2^64 - 1.
std::vector<ByteRange> random_ranges(Random& random, std::size_t count) {
  std::vector<std::uint64_t> lengths(count);
  std::uint64_t sum = 0;
  for (std::uint64_t& length : lengths) sum += length = random_length(random);
  std::uint64_t end = random() % 2 == 0 ? random() % 1000 : kMaxU64 - sum;
  std::vector<ByteRange> ranges;
  ranges.reserve(count);
  for (const std::uint64_t length : lengths) {
    ranges.push_back({end, end + length});
    end += length;
  }
  return ranges;
}

std::vector<TermInfo> random_infos(Random& random, std::size_t count) {
  const auto postings = random_ranges(random, count);
  const auto positions = random_ranges(random, count);
  constexpr std::uint32_t kFreqs[] = {0, 1, 127, 128, std::numeric_limits<std::uint32_t>::max()};
  std::vector<TermInfo> infos;
  infos.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    infos.push_back({kFreqs[random() % std::size(kFreqs)], postings[i], positions[i]});
  }
  return infos;
}

// How many blocks keys make: one ends as soon as its deltas have more than 4000 bytes.
std::size_t expected_blocks(const std::vector<std::string>& keys) {
  const auto leb128_bytes = [](std::size_t number) {
    std::size_t bytes = 1;
    for (; number >= 128; number /= 128) ++bytes;
    return bytes;
  };
  std::size_t blocks = 0;
  std::size_t deltas = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::size_t keep = 0;
    if (deltas > 0) {
      const auto& before = keys[i - 1];
      while (keep < before.size() && keep < keys[i].size() && before[keep] == keys[i][keep]) ++keep;
    } else {
      ++blocks;
    }
    const std::size_t add = keys[i].size() - keep;
    const bool is_short = keep < 16 && add < 16;
    deltas += add + (is_short ? 1 : 1 + leb128_bytes(keep) + leb128_bytes(add));
    if (deltas > 4000) deltas = 0;
  }
  return blocks;
}

void check_blocks(const SourceRange& dictionary, const std::vector<std::string>& keys) {
  const SstableFooter footer = SstableFooter::read(dictionary);
  REQUIRE(BlockIndex(dictionary, footer).size() == std::max<std::size_t>(1, expected_blocks(keys)));
}

void check_terms(Random& random, const std::vector<std::string>& keys) {
  const auto infos = random_infos(random, keys.size());
  test::MemoryComponent out;
  TermWriter writer(out.writer());
  for (std::size_t i = 0; i < keys.size(); ++i) writer.insert(key_of(keys[i]), infos[i]);
  writer.finish();
  const MemorySource source(out.take(), kWindows[random() % std::size(kWindows)]);
  const SourceRange field(source, "x.term");
  check_blocks(sstable_of_field(field), keys);
  TermStream stream(field);
  const TermDictionary dictionary(field);
  REQUIRE(dictionary.num_terms() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    REQUIRE(stream.advance());
    REQUIRE(text_of(stream.key()) == keys[i]);
    REQUIRE(stream.value() == infos[i]);
    REQUIRE(dictionary.lookup(key_of(keys[i])) == infos[i]);
    const std::string behind = keys[i] + '\0';
    const bool is_next = i + 1 < keys.size() && keys[i + 1] == behind;
    REQUIRE(dictionary.lookup(key_of(behind)).has_value() == is_next);
  }
  REQUIRE_FALSE(stream.advance());
}

void check_ordinals(Random& random, const std::vector<std::string>& keys) {
  test::MemoryComponent out;
  OrdinalWriter writer(out.writer());
  for (const std::string& key : keys) writer.insert(key_of(key));
  writer.finish();
  const MemorySource source(out.take(), kWindows[random() % std::size(kWindows)]);
  const SourceRange strings(source, "strings");
  check_blocks(strings, keys);
  OrdinalStream stream(strings);
  const OrdinalDictionary dictionary(strings);
  KeyBuffer key;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    REQUIRE(stream.advance());
    REQUIRE(text_of(stream.key()) == keys[i]);
    REQUIRE(dictionary.key_at(i, key));
    REQUIRE(text_of(key.span()) == keys[i]);
  }
  REQUIRE_FALSE(stream.advance());
  REQUIRE_FALSE(dictionary.key_at(keys.size(), key));
}

void check_ranges(Random& random, const std::vector<std::string>& keys) {
  const auto ranges = random_ranges(random, keys.size());
  test::MemoryComponent out;
  RangeWriter writer(out.writer());
  for (std::size_t i = 0; i < keys.size(); ++i) writer.insert(key_of(keys[i]), ranges[i]);
  writer.finish();
  const MemorySource source(out.take(), kWindows[random() % std::size(kWindows)]);
  RangeStream stream(SourceRange(source, "columns"));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    REQUIRE(stream.advance());
    REQUIRE(text_of(stream.key()) == keys[i]);
    REQUIRE(stream.value() == ranges[i]);
  }
  REQUIRE_FALSE(stream.advance());
}

TEST_CASE("dictionaries of any keys, values and windows come back") {
  Random random(1);
  for (const unsigned shape : {0U, 1U, 2U, 3U}) {
    for (const std::size_t count : kCounts) {
      // Very long keys are slow to make, and the number of them does not matter.
      if (shape == 3 && count > 300) continue;
      const auto keys = random_keys(random, count, shape);
      check_terms(random, keys);
      check_ordinals(random, keys);
      check_ranges(random, keys);
    }
  }
}

TEST_CASE("dictionaries whose blocks end around 4000 bytes come back") {
  Random random(2);
  // A long first key takes four bytes beside itself, each short one behind it two.
  for (std::size_t first = 3980; first <= 4000; ++first) {
    for (const std::size_t more : {0U, 1U, 5U, 40U}) {
      std::vector<std::string> keys = {std::string(first, 'a')};
      for (std::size_t i = 0; i < more; ++i) keys.emplace_back(1, static_cast<char>('b' + i));
      check_terms(random, keys);
      check_ordinals(random, keys);
      check_ranges(random, keys);
    }
  }
}

TEST_CASE("keys longer than any block come back") {
  Random random(3);
  std::vector<std::string> keys;
  for (const std::size_t length :
       {std::size_t{4000}, kMaxTermBytes, std::size_t{65535}, kLongestKey, std::size_t{1} << 18}) {
    keys.push_back(std::string(length, 'k'));
    keys.push_back(std::string(length, 'k') + '\0');
  }
  keys.push_back(std::string(1 << 18, '\xFF'));
  check_terms(random, keys);
  check_ordinals(random, keys);
  check_ranges(random, keys);
}

}  // namespace
}  // namespace splitscope::formats
