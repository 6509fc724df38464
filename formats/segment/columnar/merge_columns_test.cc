#include "formats/segment/columnar/merge_columns.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "formats/segment/columnar/monotone_map.h"
#include "formats/segment/columnar/testing/columns.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

struct Input {
  test::PlainColumns columns;
  std::uint32_t num_rows = 0;
};

// Writes the inputs, merges them, reads the result.
struct Merged {
  Merged(const std::vector<Input>& inputs, std::size_t window_bytes,
         const std::vector<RequiredColumn>& required = {}) {
    std::vector<std::unique_ptr<MemorySource>> sources;
    std::vector<std::unique_ptr<ColumnarReader>> readers;
    std::vector<const ColumnarReader*> pointers;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      sources.push_back(std::make_unique<MemorySource>(
          test::write_plain(inputs[i].columns, inputs[i].num_rows), window_bytes));
      readers.push_back(std::make_unique<ColumnarReader>(
          SourceRange(*sources.back(), "in" + std::to_string(i) + ".fast")));
      pointers.push_back(readers.back().get());
    }
    ComponentWriter out(std::make_unique<MemorySink>(body));
    merge_columns(pointers, required, out);
    const std::uint64_t body_bytes = out.offset();
    out.finish();
    body.resize(body_bytes);
    source = std::make_unique<MemorySource>(body);
    reader = std::make_unique<ColumnarReader>(SourceRange(*source, "merged.fast"));
  }

  std::vector<std::byte> body;
  std::unique_ptr<MemorySource> source;
  std::unique_ptr<ColumnarReader> reader;
};

// The rows of all inputs one after another; a column that has no value at all is left out.
Input stacked(const std::vector<Input>& inputs) {
  Input all;
  for (const Input& input : inputs) {
    for (const auto& [key, column] : input.columns) all.columns[key].resize(all.num_rows);
    for (auto& [key, column] : all.columns) {
      const auto found = input.columns.find(key);
      if (found != input.columns.end()) {
        column.insert(column.end(), found->second.begin(), found->second.end());
      }
      column.resize(all.num_rows + input.num_rows);
    }
    all.num_rows += input.num_rows;
  }
  std::erase_if(all.columns, [](const auto& entry) {
    for (const auto& row : entry.second) {
      if (!row.empty()) return false;
    }
    return true;
  });
  return all;
}

void check_merge(const std::vector<Input>& inputs) {
  const Input expected = stacked(inputs);
  for (const std::size_t window : {std::size_t{0}, std::size_t{5}, std::size_t{4096}}) {
    const Merged merged(inputs, window);
    REQUIRE(merged.reader->num_rows() == expected.num_rows);
    REQUIRE(test::read_plain(*merged.reader) == expected.columns);
    // Same bytes as when the stacked rows are written at once: cardinality and statistics too.
    REQUIRE(merged.body == test::write_plain(expected.columns, expected.num_rows));
  }
}

enum class Shape { kFull, kOptional, kMultivalued, kMissing };

void add_column(Input& input, const std::string& name, ColumnType type, Shape shape,
                std::uint64_t distinct, std::mt19937_64& random) {
  if (shape == Shape::kMissing) return;
  test::PlainColumn column(input.num_rows);
  for (auto& row : column) {
    const std::size_t values = shape == Shape::kFull       ? 1
                               : shape == Shape::kOptional ? random() % 2
                                                           : random() % 4;
    for (std::size_t i = 0; i < values; ++i) {
      const std::uint64_t value = random() % distinct;
      row.push_back(has_dictionary(type) ? (value == 0 ? "" : "key" + std::to_string(value))
                                         : test::number_text(map_i64(-500) + 20 * value));
    }
  }
  input.columns[{name, type}] = column;
}

TEST_CASE("merged full columns hold the stacked rows", "[merge]") {
  std::mt19937_64 random(1);
  for (const std::vector<std::uint32_t>& rows :
       {std::vector<std::uint32_t>{0}, {1}, {3, 0, 2}, {511, 512, 513}, {1023, 1024, 1025, 1}}) {
    std::vector<Input> inputs(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      inputs[i].num_rows = rows[i];
      if (rows[i] == 0) continue;
      add_column(inputs[i], "few", ColumnType::kStr, Shape::kFull, 3, random);
      add_column(inputs[i], "many", ColumnType::kBytes, Shape::kFull, 100'000, random);
      add_column(inputs[i], "n", ColumnType::kI64, Shape::kFull, 1000, random);
      add_column(inputs[i], "one", ColumnType::kDate, Shape::kFull, 1, random);
    }
    check_merge(inputs);
  }
}

TEST_CASE("columns of all cardinalities merge, also where an input lacks one", "[merge]") {
  std::mt19937_64 random(2);
  const std::vector<Shape> shapes = {Shape::kFull, Shape::kOptional, Shape::kMultivalued,
                                     Shape::kMissing};
  for (int round = 0; round < 60; ++round) {
    std::vector<Input> inputs(1 + random() % 4);
    for (Input& input : inputs) {
      input.num_rows = static_cast<std::uint32_t>(round < 20 ? random() % 4 : random() % 3000);
      for (const char* name : {"a", "ab", "b"}) {
        const std::uint64_t distinct = 1 + random() % 1000;
        add_column(input, name, ColumnType::kI64, shapes[random() % 4], distinct, random);
        add_column(input, name, ColumnType::kStr, shapes[random() % 4], distinct, random);
      }
    }
    check_merge(inputs);
  }
}

TEST_CASE("rows of dense blocks move to other blocks", "[merge]") {
  std::mt19937_64 random(3);
  std::vector<Input> inputs(2);
  for (Input& input : inputs) {
    input.num_rows = 70'000;
    add_column(input, "a", ColumnType::kU64, Shape::kOptional, 1000, random);
    add_column(input, "b", ColumnType::kU64, Shape::kMultivalued, 1000, random);
  }
  check_merge(inputs);
}

TEST_CASE("bool columns merge in every cardinality", "[merge]") {
  std::mt19937_64 random(5);
  for (const Shape first : {Shape::kFull, Shape::kOptional, Shape::kMultivalued, Shape::kMissing}) {
    for (const Shape second : {Shape::kFull, Shape::kOptional, Shape::kMultivalued}) {
      std::vector<Input> inputs(2);
      for (Input& input : inputs) input.num_rows = 700;
      add_column(inputs[0], "flag", ColumnType::kBool, first, 2, random);
      add_column(inputs[1], "flag", ColumnType::kBool, second, 2, random);
      add_column(inputs[0], "blob", ColumnType::kBytes, second, 300, random);
      add_column(inputs[1], "blob", ColumnType::kBytes, first, 300, random);
      check_merge(inputs);
    }
  }
}

TEST_CASE("a required column is written without any value", "[merge]") {
  std::mt19937_64 random(6);
  std::vector<Input> inputs(2);
  for (Input& input : inputs) input.num_rows = 3;
  add_column(inputs[0], "b", ColumnType::kI64, Shape::kFull, 5, random);
  const std::vector<ColumnType> types = {ColumnType::kI64,  ColumnType::kU64,  ColumnType::kF64,
                                         ColumnType::kBool, ColumnType::kDate, ColumnType::kStr,
                                         ColumnType::kBytes};
  for (const ColumnType type : types) {
    // Before, behind and instead of a column with values.
    const Merged merged(inputs, 5, {{"a", type}, {"b", ColumnType::kI64}, {"c", type}});
    REQUIRE(merged.reader->columns().size() == 3);
    for (const char* name : {"a", "c"}) {
      const Column column = merged.reader->open(*merged.reader->find(name, type));
      CHECK(column.cardinality() == Cardinality::kOptional);
      CHECK(column.stats() == ColumnStats{});
      CHECK(test::read_plain(column) == test::PlainColumn(6));
    }
    const Column kept = merged.reader->open(*merged.reader->find("b", ColumnType::kI64));
    CHECK(kept.stats().count == 3);
    // The empty columns are not in the way of another merge, and stay only where required.
    const ColumnarReader* again[] = {merged.reader.get()};
    std::vector<std::byte> body;
    ComponentWriter out(std::make_unique<MemorySink>(body));
    merge_columns(again, {}, out);
    const std::uint64_t body_bytes = out.offset();
    out.finish();
    body.resize(body_bytes);
    const MemorySource source(body);
    CHECK(ColumnarReader(SourceRange(source, "again.fast")).columns().size() == 1);
  }
  // As in tantivy, a column of no rows is full.
  const Merged none({Input{}}, 5, {{"a", ColumnType::kStr}});
  CHECK(none.reader->open(none.reader->columns()[0]).cardinality() == Cardinality::kFull);
}

TEST_CASE("numbers of another type than is required are refused by name", "[merge]") {
  std::mt19937_64 random(7);
  std::vector<Input> inputs(1);
  inputs[0].num_rows = 2;
  add_column(inputs[0], "a", ColumnType::kI64, Shape::kFull, 5, random);
  CHECK_THROWS_WITH(Merged(inputs, 0, {{"a", ColumnType::kF64}}),
                    test::contains("column a") && test::contains("i64 in in0.fast"));
}

TEST_CASE("numbers of different types under one name are refused by name", "[merge]") {
  std::mt19937_64 random(4);
  std::vector<Input> inputs(2);
  for (Input& input : inputs) input.num_rows = 2;
  add_column(inputs[0], "a", ColumnType::kI64, Shape::kFull, 5, random);
  add_column(inputs[1], "a", ColumnType::kU64, Shape::kFull, 5, random);
  CHECK_THROWS_WITH(Merged(inputs, 0), test::contains("column a") &&
                                           test::contains("i64 in in0.fast") &&
                                           test::contains("u64 in in1.fast"));
}

}  // namespace
}  // namespace splitscope::formats
