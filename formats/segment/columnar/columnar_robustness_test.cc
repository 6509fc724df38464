// Truncated and damaged columns end in an error or in other values, never in a crash, a hang or a
// huge buffer.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "formats/segment/columnar/merge_columns.h"
#include "formats/segment/columnar/testing/columns.h"
#include "formats/segment/store/testing/fixture_split.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

std::vector<std::byte> sample_body() {
  constexpr std::uint32_t kRows = 40;
  return test::write_plain(test::mixed_columns(kRows), kRows);
}

// True when nothing was wrong. Streams only: what a hostile file says must not size a vector.
bool read_all(const std::vector<std::byte>& bytes) {
  try {
    const MemorySource source(bytes, 16);
    const ColumnarReader reader(SourceRange(source, "t.fast"));
    for (const ColumnEntry& entry : reader.columns()) {
      const Column column = reader.open(entry);
      ValueStream values = column.values();
      while (!values.next().empty()) {
      }
      if (column.cardinality() == Cardinality::kOptional) {
        RowStream rows = column.rows();
        while (!rows.next().empty()) {
        }
      }
    }
    const ColumnarReader* inputs[] = {&reader, &reader};
    std::vector<std::byte> merged;
    ComponentWriter out(std::make_unique<MemorySink>(merged));
    merge_columns(inputs, {}, out);
    return true;
  } catch (const FormatError&) {
  } catch (const UnsupportedFeature&) {
  }
  return false;
}

TEST_CASE("no truncation of a columnar file is taken for whole", "[columns]") {
  const auto whole = sample_body();
  REQUIRE(read_all(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    REQUIRE(!read_all({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}));
  }
}

TEST_CASE("no changed bit of a columnar file does harm", "[columns]") {
  const auto whole = sample_body();
  auto damaged = whole;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1u << (bit % 8));
    damaged[bit / 8] ^= mask;
    INFO("bit " << bit);
    CHECK_NOTHROW(read_all(damaged));
    damaged[bit / 8] ^= mask;
  }
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    auto noise = whole;
    for (int i = 0; i < 8; ++i) noise[random() % noise.size()] = static_cast<std::byte>(random());
    CHECK_NOTHROW(read_all(noise));
  }
}

void damage_at_random(const std::vector<std::byte>& whole, int rounds) {
  REQUIRE(read_all(whole));
  std::mt19937 random(2);
  for (int round = 0; round < rounds; ++round) {
    auto noise = whole;
    for (int i = 0; i < 4; ++i) noise[random() % noise.size()] = static_cast<std::byte>(random());
    CHECK_NOTHROW(read_all(noise));
  }
}

TEST_CASE("damaged columns of tantivy do no harm", "[columns]") {
  for (const char* name : {"many.split", "kinds-merged.split"}) {
    damage_at_random(test::component(test::golden(name), ".fast"), 100);
  }
}

TEST_CASE("a damaged codec that tantivy writes does no harm", "[columns][fixture]") {
  if (const auto file = test::fixture("columnar/v2.columnar")) {
    damage_at_random(test::read_file(*file), 60);
  }
}

TEST_CASE("errors name file, column and what is wrong", "[columns]") {
  auto body = sample_body();
  const auto open = [&] {
    const MemorySource source(body);
    const ColumnarReader reader(SourceRange(source, "t.fast"));
    for (const ColumnEntry& entry : reader.columns()) (void)reader.open(entry);
  };
  // Behind the one byte of the column index of "full", the first column, stands its codec.
  body[1] = std::byte{9};
  CHECK_THROWS_WITH(open(),
                    test::contains("t.fast column full (u64)") && test::contains("codec 9"));
  body[0] = std::byte{3};
  CHECK_THROWS_WITH(open(), test::contains("cardinality 3"));
  body.back() = std::byte{0};
  CHECK_THROWS_WITH(open(), test::contains("02 71 77 42"));
}

}  // namespace
}  // namespace splitscope::formats
