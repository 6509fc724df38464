#include <cstdint>
#include <vector>

#include "base/errors.h"
#include "base/size_text.h"
#include "formats/codec/bit_pack.h"
#include "formats/codec/byte_buffer.h"
#include "formats/codec/byte_reader.h"
#include "formats/codec/checked.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

const std::vector<std::uint64_t> kEdges = {
    0, 1, 127, 128, 16383, 16384, 65535, (1ULL << 32) - 1, 1ULL << 32, 1ULL << 62, ~0ULL};

TEST_CASE("variable-length numbers come back as they went in") {
  std::vector<std::uint64_t> values = kEdges;
  for (unsigned bits = 1; bits < 64; ++bits) {
    values.push_back((1ULL << bits) - 1);
    values.push_back(1ULL << bits);
  }
  for (const std::uint64_t value : values) {
    ByteBuffer out;
    out.vint(value);
    out.leb128(value);
    ByteReader in(out.span());
    CHECK(in.vint() == value);
    CHECK(in.leb128() == value);
    CHECK(in.at_end());
  }
}

TEST_CASE("the two encodings mark the last byte in opposite ways") {
  ByteBuffer out;
  out.vint(300);
  out.leb128(300);
  const std::vector<std::byte> expected = {std::byte{0x2C}, std::byte{0x82}, std::byte{0xAC},
                                           std::byte{0x02}};
  CHECK(std::vector<std::byte>(out.span().begin(), out.span().end()) == expected);
}

TEST_CASE("malformed variable-length numbers are refused") {
  const std::vector<std::byte> endless(11, std::byte{0x00});
  ByteReader no_stop(endless);
  CHECK_THROWS_AS(no_stop.vint(), FormatError);
  std::vector<std::byte> too_big(10, std::byte{0xFF});
  too_big.back() = std::byte{0x02};
  ByteReader overflow(too_big);
  CHECK_THROWS_AS(overflow.leb128(), FormatError);
  ByteReader empty(std::span<const std::byte>{});
  CHECK_THROWS_AS(empty.vint(), FormatError);
}

TEST_CASE("a read past the end names the file and the offset") {
  const std::vector<std::byte> bytes(6);
  ByteReader in(bytes, {"x.split", 100});
  (void)in.fixed<std::uint32_t>();
  CHECK_THROWS_WITH(in.fixed<std::uint32_t>(),
                    test::contains("x.split: at byte 104") && test::contains("only 2 are left"));
}

TEST_CASE("bit packing keeps every value at every width") {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    if (bits > 56 && bits < 64) continue;
    for (const std::size_t count :
         {0U, 1U, 7U, 8U, 63U, 64U, 65U, 127U, 128U, 129U, 255U, 256U, 257U}) {
      const std::uint64_t mask = bits == 64 ? ~0ULL : (1ULL << bits) - 1;
      std::vector<std::uint64_t> values(count);
      // The widest and the narrowest next to one another, then any.
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = i % 3 == 0 ? mask : i % 3 == 1 ? 0 : (0x9E3779B97F4A7C15ULL * (i + 1)) & mask;
      }
      ByteBuffer out;
      BitPacker packer([&](std::uint64_t word, std::size_t n) {
        out.bytes(std::as_bytes(std::span(&word, 1)).first(n));
      });
      for (const std::uint64_t value : values) packer.put(value, bits);
      packer.flush();
      REQUIRE(out.size() == packed_bytes(count, bits));
      for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(unpack_at(out.span(), i, bits) == values[i]);
      }
      // Past the end there are zeros, as far as a reader may look.
      if (bits > 0 && (count * bits) % 8 == 0) REQUIRE(unpack_at(out.span(), count, bits) == 0);
    }
  }
}

TEST_CASE("widths of 57 to 63 bits become 64") {
  CHECK(packed_bits(0) == 0);
  CHECK(packed_bits(1) == 1);
  CHECK(packed_bits((1ULL << 56) - 1) == 56);
  CHECK(packed_bits(1ULL << 56) == 64);
  CHECK(packed_bits(~0ULL) == 64);
}

TEST_CASE("checked arithmetic says when it does not fit") {
  CHECK(checked_add<std::uint64_t>(1, 2) == 3U);
  CHECK_FALSE(checked_add<std::uint64_t>(~0ULL, 1).has_value());
  CHECK_FALSE(checked_subtract<std::uint64_t>(1, 2).has_value());
  CHECK_FALSE(checked_multiply<std::uint64_t>(1ULL << 40, 1ULL << 40).has_value());
  CHECK_FALSE(checked_cast<std::uint32_t>(1ULL << 32).has_value());
}

TEST_CASE("sizes read and print as people write them") {
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("50MB") == 50'000'000);
  CHECK(parse_size("1MiB") == 1'048'576);
  CHECK(parse_size("1.5 GiB") == 1'610'612'736);
  for (const std::uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 50'000'000ULL, 4097ULL}) {
    CHECK(parse_size(format_size(bytes)) == bytes);
  }
  CHECK(format_size(1 << 20) == "1MiB");
  for (const char* bad : {"", "MB", "12XB", "-5", "1e400", "nan", "99999999TB"}) {
    CHECK_THROWS_AS(parse_size(bad), UsageError);
  }
}

}  // namespace
}  // namespace splitscope::formats
