#include "formats/segment/terms/block_packer.h"

#include <random>
#include <string>
#include <vector>

#include "formats/segment/terms/dictionary_lookup.h"
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

Content write(const std::vector<std::string>& keys, DictionaryBlocks blocks) {
  MemoryComponent out;
  OrdinalWriter writer(out.writer(), blocks);
  for (const std::string& key : keys) writer.insert(key_of(key));
  writer.finish();
  return out.take();
}

void check_keys(const Content& content, const std::vector<std::string>& keys) {
  const MemorySource source(content, 1000);
  OrdinalStream stream(SourceRange(source, "strings"));
  for (const std::string& key : keys) {
    REQUIRE(stream.advance());
    REQUIRE(text_of(stream.key()) == key);
  }
  CHECK_FALSE(stream.advance());
  const OrdinalDictionary dictionary(SourceRange(source, "strings"));
  KeyBuffer found;
  for (std::size_t i = 0; i < keys.size(); i += 997) {
    REQUIRE(dictionary.key_at(i, found));
    REQUIRE(text_of(found.span()) == keys[i]);
  }
}

// A block of one key: values of `size` bytes in all, as `write` lays it out.
Content block_of(std::size_t size, bool random, DictionaryBlocks blocks) {
  std::mt19937 noise(3);
  Content values(size);
  for (std::byte& value : values) value = random ? static_cast<std::byte>(noise()) : std::byte{'v'};
  MemoryComponent out;
  BlockPacker(blocks).write(values, {}, out.writer());
  return out.take();
}

}  // namespace

TEST_CASE("dictionaries come back whether their blocks are packed or not") {
  std::vector<std::string> keys;
  keys.reserve(20000);
  for (int i = 0; i < 20000; ++i) keys.push_back("prefix/" + std::to_string(1000000 + 37 * i));
  const Content stored = write(keys, DictionaryBlocks::kStored);
  const Content packed = write(keys, DictionaryBlocks::kZstd);
  CHECK(packed.size() < stored.size() * 3 / 4);
  check_keys(stored, keys);
  check_keys(packed, keys);
  check_keys(write({}, DictionaryBlocks::kZstd), {});
}

TEST_CASE("blocks are packed above 2048 bytes, and where that makes them smaller") {
  constexpr std::size_t kHeadBytes = 5;
  const auto mark = [](const Content& block) { return block[4]; };
  const Content at_limit = block_of(2048, false, DictionaryBlocks::kZstd);
  CHECK(mark(at_limit) == std::byte{0});
  CHECK(at_limit.size() == kHeadBytes + 2048);
  const Content above = block_of(2049, false, DictionaryBlocks::kZstd);
  CHECK(mark(above) == std::byte{1});
  CHECK(above.size() < 100);
  const Content noise = block_of(5000, true, DictionaryBlocks::kZstd);
  CHECK(mark(noise) == std::byte{0});
  CHECK(noise.size() == kHeadBytes + 5000);
  CHECK(mark(block_of(5000, false, DictionaryBlocks::kStored)) == std::byte{0});
}

}  // namespace splitscope::formats
