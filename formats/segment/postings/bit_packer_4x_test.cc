#include "formats/segment/postings/bit_packer_4x.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/catch.h"

namespace splitscope::formats {
namespace {

NumberBlock random_block(std::mt19937_64& random, unsigned bits) {
  NumberBlock block;
  for (std::uint32_t& number : block) {
    number = bits == 0 ? 0 : static_cast<std::uint32_t>(random()) >> (kMaxBlockBits - bits);
  }
  return block;
}

TEST_CASE("blocks come back at every width, and both implementations agree") {
  std::mt19937_64 random(1);
  for (unsigned bits = 0; bits <= kMaxBlockBits; ++bits) {
    for (int round = 0; round < 20; ++round) {
      const NumberBlock block = random_block(random, bits);
      REQUIRE(block_bits(block) == scalar::block_bits(block));
      REQUIRE(block_bits(block) <= bits);
      // One byte more on both sides shows writes past the end.
      std::vector<std::byte> packed(packed_block_bytes(bits) + 2, std::byte{0xA5});
      std::vector<std::byte> expected = packed;
      pack_block(block, bits, packed.data() + 1);
      scalar::pack_block(block, bits, expected.data() + 1);
      REQUIRE(packed == expected);
      REQUIRE(packed.front() == std::byte{0xA5});
      REQUIRE(packed.back() == std::byte{0xA5});
      NumberBlock back;
      NumberBlock scalar_back;
      unpack_block(packed.data() + 1, bits, back);
      scalar::unpack_block(packed.data() + 1, bits, scalar_back);
      REQUIRE(back == block);
      REQUIRE(scalar_back == block);
    }
  }
}

TEST_CASE("numbers lie where the format has them") {
  // Number 5 is in lane 1, slot 1: with one bit each, bit 1 of the word at byte 4.
  NumberBlock one{};
  one[5] = 1;
  std::vector<std::byte> packed(packed_block_bytes(1));
  pack_block(one, 1, packed.data());
  std::vector<std::byte> expected(16);
  expected[4] = std::byte{2};
  CHECK(packed == expected);

  // Number 42 is in lane 2, slot 10: with three bits it takes bits 30 and 31 of the lane's first
  // word (bytes 8 to 11) and bit 0 of its second (byte 24).
  NumberBlock crossing{};
  crossing[42] = 5;
  packed.assign(packed_block_bytes(3), std::byte{0});
  pack_block(crossing, 3, packed.data());
  expected.assign(48, std::byte{0});
  expected[11] = std::byte{0x40};
  expected[24] = std::byte{0x01};
  CHECK(packed == expected);
}

TEST_CASE("deltas come back, and both implementations agree") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 200; ++round) {
    NumberBlock sorted;
    std::uint32_t at =
        round % 2 == 0 ? kNoNumberBefore : static_cast<std::uint32_t>(random() % 1000);
    const std::uint32_t before = at;
    for (std::uint32_t& number : sorted) {
      at += 1 + static_cast<std::uint32_t>(random() % (round % 3 == 0 ? 1 : 16000000));
      number = at;
    }
    NumberBlock deltas;
    NumberBlock scalar_deltas;
    to_strict_deltas(sorted, before, deltas);
    scalar::to_strict_deltas(sorted, before, scalar_deltas);
    REQUIRE(deltas == scalar_deltas);
    REQUIRE(deltas[0] == sorted[0] - before - 1);
    REQUIRE(deltas[1] == sorted[1] - sorted[0] - 1);
    from_strict_deltas(before, deltas);
    scalar::from_strict_deltas(before, scalar_deltas);
    REQUIRE(deltas == sorted);
    REQUIRE(scalar_deltas == sorted);

    NumberBlock plain;
    std::uint32_t previous = 0;
    for (std::size_t i = 0; i < kBlockLength; ++i) {
      plain[i] = sorted[i] - previous;
      previous = sorted[i];
    }
    NumberBlock scalar_plain = plain;
    from_plain_deltas(0, plain);
    scalar::from_plain_deltas(0, scalar_plain);
    REQUIRE(plain == sorted);
    REQUIRE(scalar_plain == sorted);
  }
}

TEST_CASE("the first number of a list stays as it is") {
  NumberBlock sorted;
  for (std::uint32_t i = 0; i < kBlockLength; ++i) sorted[i] = 9 + i;
  NumberBlock deltas;
  to_strict_deltas(sorted, kNoNumberBefore, deltas);
  CHECK(deltas[0] == 9);
  CHECK(std::all_of(deltas.begin() + 1, deltas.end(), [](std::uint32_t d) { return d == 0; }));
}

}  // namespace
}  // namespace splitscope::formats
