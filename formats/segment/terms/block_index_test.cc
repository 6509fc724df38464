#include "formats/segment/terms/block_index.h"

#include <string>
#include <vector>

#include "formats/codec/byte_buffer.h"
#include "formats/segment/terms/block_index_builder.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using test::key_of;

constexpr std::uint64_t kBlocks = 5000;
constexpr std::uint64_t kBlockBytes = 6;
constexpr std::uint64_t kTermsEach = 7;

std::string last_key(std::uint64_t block) { return "key" + std::to_string(100000 + 10 * block); }

// A dictionary of which only the index is looked at: its blocks are zeros.
std::vector<std::byte> indexed(std::uint64_t num_terms) {
  BlockIndexBuilder builder;
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    builder.add(key_of(last_key(i)), {i * kBlockBytes, (i + 1) * kBlockBytes}, i * kTermsEach);
  }
  ByteBuffer out;
  out.resize(kBlocks * kBlockBytes + 4);
  const std::uint64_t blocks_end = out.size();
  out.bytes(builder.finish());
  out.fixed(blocks_end);
  out.fixed(num_terms);
  out.fixed(kNestedIndexVersion);
  return out.take();
}

TEST_CASE("an index that has several blocks itself says where keys and ordinals are") {
  const MemorySource source(indexed(kBlocks * kTermsEach), 50);
  const SourceRange dictionary(source, "x");
  const SstableFooter footer = SstableFooter::read(dictionary);
  // More than two blocks of 4000 bytes of keys.
  REQUIRE(footer.index_bytes > 12000);
  const BlockIndex index(dictionary, footer);
  REQUIRE(index.size() == kBlocks);
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    const ByteRange bytes = {i * kBlockBytes, (i + 1) * kBlockBytes};
    REQUIRE(index.part_of_ordinal(i * kTermsEach).bytes == bytes);
    REQUIRE(index.part_of_ordinal((i + 1) * kTermsEach - 1).bytes == bytes);
    REQUIRE(index.part_of_ordinal(i * kTermsEach).first_ordinal == i * kTermsEach);
    REQUIRE(index.part_of_key(key_of(last_key(i)))->bytes == bytes);
    const std::string next = last_key(i) + "x";
    REQUIRE(index.part_of_key(key_of(next)).has_value() == (i + 1 < kBlocks));
    if (i + 1 < kBlocks) REQUIRE(index.part_of_key(key_of(next))->bytes.start == bytes.end);
  }
}

TEST_CASE("an index that does not fit its dictionary is refused") {
  const MemorySource source(indexed(10), 50);
  const SourceRange dictionary(source, "x");
  CHECK_THROWS_WITH(BlockIndex(dictionary, SstableFooter::read(dictionary)),
                    test::contains("does not follow the block before it"));
  SstableFooter shorter = SstableFooter::read(dictionary);
  shorter.num_terms = kBlocks * kTermsEach;
  shorter.blocks_end -= 1;
  CHECK_THROWS_AS(BlockIndex(dictionary, shorter), FormatError);
}

TEST_CASE("an index whose keys share a long prefix does not fill the memory") {
  const std::string prefix(1 << 20, 'a');
  BlockIndexBuilder builder;
  constexpr std::uint64_t kKeys = 65;
  for (std::uint64_t i = 0; i < kKeys; ++i) {
    builder.add(key_of(prefix + static_cast<char>(i)), {i * kBlockBytes, (i + 1) * kBlockBytes}, i);
  }
  ByteBuffer out;
  out.resize(kKeys * kBlockBytes + 4);
  const std::uint64_t blocks_end = out.size();
  out.bytes(builder.finish());
  out.fixed(blocks_end);
  out.fixed(kKeys);
  out.fixed(kNestedIndexVersion);
  const MemorySource source(out.take());
  const SourceRange dictionary(source, "x");
  CHECK_THROWS_WITH(BlockIndex(dictionary, SstableFooter::read(dictionary)),
                    test::contains("index take more than 67108864 bytes"));
}

}  // namespace
}  // namespace splitscope::formats
