#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "formats/codec/bit_pack.h"
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/columnar/columnar_writer.h"
#include "formats/segment/columnar/monotone_map.h"
#include "formats/segment/columnar/testing/columns.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using Values = std::vector<std::uint64_t>;

const std::vector<std::size_t> kWindows = {0, 1, 7, 4096};
const std::vector<std::uint32_t> kCounts = {0, 1, 2, 511, 512, 513, 1023, 1024, 1025};

Values random_values(std::uint32_t count, unsigned bits, unsigned seed) {
  std::mt19937_64 random(seed);
  Values values(count);
  for (auto& value : values) value = bits == 0 ? 5 : random() >> (64 - bits);
  return values;
}

void check_column(const Values& values, ColumnType type = ColumnType::kU64) {
  const auto body =
      test::write_body(static_cast<std::uint32_t>(values.size()),
                       [&](ColumnarWriter& out) { write_numeric_column(out, "a", type, values); });
  for (const std::size_t window : kWindows) {
    const MemorySource source(body, window);
    const ColumnarReader reader(SourceRange(source, "t.fast"));
    REQUIRE(reader.num_rows() == values.size());
    REQUIRE(reader.columns().size() == 1);
    const Column column = reader.open(reader.columns()[0]);
    CHECK(column.stats() == compute_stats(values));
    CHECK(column.cardinality() == Cardinality::kFull);
    REQUIRE(test::read_values(column) == values);
  }
}

TEST_CASE("full columns of every length and width come back", "[columns]") {
  for (const std::uint32_t count : kCounts) {
    for (unsigned bits = 0; bits <= 64; ++bits) check_column(random_values(count, bits, bits));
  }
  check_column(random_values(100'000, 17, 1));
}

TEST_CASE("common divisors and extreme bounds come back", "[columns]") {
  for (const std::uint64_t gcd : {2ULL, 3ULL, 1000ULL, 1'000'000'000ULL, 1ULL << 40, 3ULL << 20}) {
    Values values = random_values(1500, 20, 7);
    for (auto& value : values) value = value * gcd + 12345;
    check_column(values);
    for (auto& value : values) value = ~0ULL - value;
    check_column(values);
  }
  check_column({0, ~0ULL});
  check_column({~0ULL, ~0ULL, ~0ULL});
  check_column({~0ULL - 1, ~0ULL});
}

TEST_CASE("typed values come back", "[columns]") {
  Values integers;
  Values doubles;
  Values dates;
  for (int i = -600; i < 600; ++i) {
    integers.push_back(map_i64(i * 1'000'003LL));
    doubles.push_back(map_f64(i == 0 ? -0.0 : i * 0.1));
    dates.push_back(map_date(truncate_date(1'700'000'000'000'000'000 + i * 37'000'000'000LL)));
  }
  doubles.push_back(map_f64(std::numeric_limits<double>::quiet_NaN()));
  check_column(integers, ColumnType::kI64);
  check_column(doubles, ColumnType::kF64);
  check_column(dates, ColumnType::kDate);
  CHECK(compute_stats(dates).gcd % 1'000'000'000 == 0);
  check_column({1, 0, 1, 1}, ColumnType::kBool);
}

TEST_CASE("string columns come back", "[columns]") {
  test::PlainColumns columns;
  auto& few = columns[{"few", ColumnType::kStr}];
  auto& many = columns[{"many", ColumnType::kBytes}];
  auto& one = columns[{"one", ColumnType::kStr}];
  constexpr std::uint32_t kRows = 100'000;
  for (std::uint32_t row = 0; row < kRows; ++row) {
    few.push_back({row % 3 == 0 ? "" : "severity" + std::to_string(row % 3)});
    many.push_back({std::to_string((row * 7919ULL) % kRows)});
    one.push_back({"only"});
  }
  const auto body = test::write_plain(columns, kRows);
  for (const std::size_t window : {std::size_t{0}, std::size_t{7}}) {
    const MemorySource source(body, window);
    const ColumnarReader reader(SourceRange(source, "t.fast"));
    CHECK(test::read_plain(reader) == columns);
    CHECK(reader.open(*reader.find("one", ColumnType::kStr)).stats() ==
          ColumnStats{0, 0, 1, kRows});
    CHECK(reader.find("one", ColumnType::kBytes) == nullptr);
    CHECK(reader.find("zzz", ColumnType::kStr) == nullptr);
  }
}

TEST_CASE("a file without columns or rows opens", "[columns]") {
  const MemorySource source(test::write_body(0, [](ColumnarWriter&) {}));
  const ColumnarReader reader(SourceRange(source, "t.fast"));
  CHECK(reader.num_rows() == 0);
  CHECK(reader.columns().empty());
  CHECK(reader.version() == 2);
}

// Rows with values such that each 65536-row block has the given number.
test::PlainColumns sparse_columns(const std::vector<std::uint32_t>& per_block, bool multivalued,
                                  std::uint32_t num_rows) {
  std::mt19937 random(3);
  test::PlainColumn column(num_rows);
  for (std::size_t block = 0; block < per_block.size(); ++block) {
    const auto first = static_cast<std::uint32_t>(block << 16);
    const std::uint32_t rows = std::min(num_rows - first, 65536U);
    for (std::uint32_t i = 0; i < std::min(per_block[block], rows); ++i) {
      const std::uint32_t row =
          first + static_cast<std::uint32_t>(std::uint64_t{i} * rows / per_block[block]);
      const std::size_t values = multivalued ? 1 + random() % 3 : 1;
      for (std::size_t v = 0; v < values; ++v) {
        column[row].push_back(test::number_text(random() % 1000));
      }
    }
  }
  return {{{"a", ColumnType::kU64}, column}};
}

TEST_CASE("optional and multivalued columns of every density come back", "[columns]") {
  // 5120 values are the first dense block, 65536 the last; the middle block is empty.
  const std::vector<std::uint32_t> densities = {0, 1, 2, 5119, 5120, 5121, 65535, 65536};
  for (const bool multivalued : {false, true}) {
    for (const std::uint32_t density : densities) {
      for (const std::uint32_t num_rows : {131'073U, 200'000U}) {
        const auto columns = sparse_columns({density, 0, density}, multivalued, num_rows);
        INFO(density << " of " << num_rows << " rows, multivalued " << multivalued);
        const auto body = test::write_plain(columns, num_rows);
        for (const std::size_t window : {std::size_t{0}, std::size_t{7}}) {
          const MemorySource source(body, window);
          REQUIRE(test::read_plain(ColumnarReader(SourceRange(source, "t.fast"))) == columns);
        }
      }
    }
  }
}

TEST_CASE("columns of random rows come back", "[columns]") {
  std::mt19937_64 random(12);
  const std::vector<ColumnType> types = {ColumnType::kI64,  ColumnType::kU64,  ColumnType::kF64,
                                         ColumnType::kBool, ColumnType::kDate, ColumnType::kStr,
                                         ColumnType::kBytes};
  const std::vector<std::uint32_t> edges = {0, 1, 2, 511, 512, 513, 1023, 1024, 1025, 2048};
  for (int round = 0; round < 200; ++round) {
    const auto num_rows = round % 2 == 0 ? edges[random() % edges.size()]
                                         : static_cast<std::uint32_t>(random() % 3000);
    test::PlainColumns columns;
    for (const ColumnType type : types) {
      test::PlainColumn column(num_rows);
      const std::uint64_t cardinality = random() % 4;
      const std::uint64_t rise = random() >> (random() % 64);
      for (std::uint32_t row = 0; row < num_rows; ++row) {
        const std::uint64_t values = cardinality == 0   ? 0
                                     : cardinality == 1 ? 1
                                     : cardinality == 2 ? random() % 2
                                                        : random() % 5;
        for (std::uint64_t i = 0; i < values; ++i) {
          const std::uint64_t value = row * rise + random() % 5;
          column[row].push_back(type == ColumnType::kBool ? test::number_text(value % 2)
                                : has_dictionary(type)    ? std::to_string(value % 700)
                                                          : test::number_text(value));
        }
      }
      columns[{"c", type}] = column;
    }
    const MemorySource source(test::write_plain(columns, num_rows), 1 + random() % 100);
    const ColumnarReader reader(SourceRange(source, "t.fast"));
    REQUIRE(test::read_plain(reader) == columns);
    for (const ColumnEntry& entry : reader.columns()) {
      const Column column = reader.open(entry);
      CHECK(column.stats() == compute_stats(test::read_values(column)));
    }
  }
}

TEST_CASE("the column writer refuses calls that do not fit", "[columns]") {
  const auto write = [](auto calls) { (void)test::write_body(2, calls); };
  const Values two = {3, 5};
  const ValuePlan plan = plan_values(two);
  CHECK_THROWS_AS(write([&](ColumnarWriter& out) {
                    write_numeric_column(out, "b", ColumnType::kU64, two);
                    write_numeric_column(out, "a", ColumnType::kU64, two);
                  }),
                  std::logic_error);
  CHECK_THROWS_AS(write([&](ColumnarWriter& out) {
                    write_numeric_column(out, "b", ColumnType::kU64, Values{1});
                  }),
                  std::logic_error);
  for (const Values& bad : {Values{3, 6}, Values{3, 4}, Values{3, 2}, Values{3}, Values{3, 5, 3}}) {
    CHECK_THROWS_AS(write([&](ColumnarWriter& out) {
                      out.begin_numeric("a", ColumnType::kU64, plan);
                      out.put(bad);
                      out.end();
                    }),
                    std::logic_error);
  }
  CHECK_THROWS_AS(write([&](ColumnarWriter& out) {
                    out.begin_string("a", ColumnType::kStr);
                    out.put_key("x");
                    out.begin_ordinals(bitpacked_plan({0, 1, 1, 2}));
                  }),
                  std::logic_error);
}

TEST_CASE("unpack equals the packer at every width and length", "[columns]") {
  for (unsigned bits = 0; bits <= 64; ++bits) {
    if (bits > 56 && bits < 64) continue;
    for (const std::uint32_t count : {0U, 1U, 2U, 7U, 8U, 9U, 100U, 1024U}) {
      const Values values = [&] {
        auto all = random_values(count, bits, bits);
        if (bits == 0) std::fill(all.begin(), all.end(), 0);
        return all;
      }();
      ByteBuffer packed;
      BitPacker packer([&](std::uint64_t word, std::size_t n) {
        packed.bytes(std::as_bytes(std::span(&word, 1)).first(n));
      });
      for (const std::uint64_t value : values) packer.put(value, bits);
      packer.flush();
      Values out(count, 99);
      unpack(packed.span(), bits, out);
      REQUIRE(out == values);
    }
  }
}

}  // namespace
}  // namespace splitscope::formats
