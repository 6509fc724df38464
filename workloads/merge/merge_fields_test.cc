// Merging fields of every type and cardinality, and fast fields that no document has.
#include <array>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "workloads/merge/fast_fields.h"
#include "workloads/merge/testing/merged.h"

namespace splitscope::workloads {
namespace {

constexpr std::array kTypes = {formats::FieldType::kText, formats::FieldType::kU64,
                               formats::FieldType::kI64,  formats::FieldType::kF64,
                               formats::FieldType::kBool, formats::FieldType::kDate,
                               formats::FieldType::kBytes};

std::string random_value(formats::FieldType type, std::mt19937_64& random) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t extremes[] = {0, 1, kMax, kMax - 1, std::uint64_t{1} << 63};
  switch (type) {
    case formats::FieldType::kText:
      return "word" + std::to_string(random() % 50);
    case formats::FieldType::kBytes: {
      std::string bytes(random() % 4, '\0');
      for (char& byte : bytes) byte = static_cast<char>(random());
      return bytes;
    }
    case formats::FieldType::kBool:
      return test::number_text(random() % 2);
    default:
      return test::number_text(random() % 8 == 0 ? extremes[random() % 5]
                                                 : (std::uint64_t{1} << 63) + random() % 1000);
  }
}

// Per field a cardinality: none, full, optional, multivalued.
test::PlainIndex random_index(std::uint32_t documents, std::mt19937_64& random) {
  test::PlainIndex index;
  index.documents = documents;
  index.settings.docstore_blocksize = 500;
  for (const formats::FieldType type : kTypes) {
    for (const char* suffix : {"a", "b"}) {
      test::PlainField field{
          test::plain_entry(std::string(formats::to_text(type)) + "_" + suffix, type),
          test::PlainColumn(documents)};
      const std::uint64_t cardinality = random() % 4;
      for (auto& row : field.rows) {
        const std::uint64_t values = cardinality == 0   ? 0
                                     : cardinality == 1 ? 1
                                     : cardinality == 2 ? random() % 2
                                                        : random() % 4;
        for (std::uint64_t i = 0; i < values; ++i) row.push_back(random_value(type, random));
      }
      index.fields.push_back(std::move(field));
    }
  }
  return index;
}

TEST_CASE("fields of every type and cardinality merge") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 12; ++round) {
    const test::TemporaryFolder scratch;
    std::vector<test::PlainIndex> inputs(1 + random() % 3);
    std::uint32_t documents = 0;
    for (auto& input : inputs) {
      input = random_index(1 + static_cast<std::uint32_t>(random() % 300), random);
      documents += input.documents;
    }
    const auto out = scratch / "out.split";
    // Terms, norms, columns and documents are compared by verify().
    test::run_merge(test::write_plain_indexes(inputs, scratch.path()), out);
    const test::OpenSegment merged(out);
    CHECK(merged.documents().size() == documents);
    const auto columns = merged.columns();
    // Every fast field has its column.
    REQUIRE(columns.size() == 2 * kTypes.size());
    for (std::size_t field = 0; field < inputs[0].fields.size(); ++field) {
      const formats::FieldEntry& entry = inputs[0].fields[field].entry;
      test::PlainColumn expected;
      for (const auto& input : inputs) {
        const auto& rows = input.fields[field].rows;
        expected.insert(expected.end(), rows.begin(), rows.end());
      }
      INFO(entry.name);
      CHECK(columns.at({entry.name, test::plain_column_type(entry.type)}) == expected);
    }
  }
}

TEST_CASE("a fast field that no input has a value of gets an empty column") {
  test::PlainIndex index;
  index.documents = 3;
  for (const formats::FieldType type : kTypes) {
    index.fields.push_back(
        {test::plain_entry(std::string(formats::to_text(type)), type), test::PlainColumn(3)});
  }
  index.fields.push_back(
      {test::plain_entry("slow", formats::FieldType::kU64), test::PlainColumn(3)});
  index.fields.back().entry.fast = false;
  const test::TemporaryFolder scratch;
  const auto paths = test::write_plain_indexes({index, index}, scratch.path());
  CHECK(test::OpenSegment(paths[0]).columns().empty());
  test::run_merge(paths, scratch / "out.split");
  test::PlainColumns expected;
  for (const formats::FieldType type : kTypes) {
    expected[{std::string(formats::to_text(type)), test::plain_column_type(type)}] =
        test::PlainColumn(6);
  }
  CHECK(test::OpenSegment(scratch / "out.split").columns() == expected);
}

TEST_CASE("the columns that a schema asks for") {
  formats::Schema schema;
  for (const formats::FieldType type :
       {formats::FieldType::kText, formats::FieldType::kFacet, formats::FieldType::kBytes,
        formats::FieldType::kJson, formats::FieldType::kIp, formats::FieldType::kDate}) {
    schema.fields.push_back(test::plain_entry(std::string(formats::to_text(type)), type));
  }
  schema.fields.push_back(test::plain_entry("slow", formats::FieldType::kBool));
  schema.fields.back().fast = false;
  std::vector<std::pair<std::string, formats::ColumnType>> columns;
  for (const formats::RequiredColumn& column : required_columns(schema)) {
    columns.emplace_back(column.name, column.type);
  }
  CHECK(columns == std::vector<std::pair<std::string, formats::ColumnType>>{
                       {"text", formats::ColumnType::kStr},
                       {"facet", formats::ColumnType::kStr},
                       {"bytes", formats::ColumnType::kBytes},
                       {"ip_addr", formats::ColumnType::kIp},
                       {"date", formats::ColumnType::kDate}});
}

}  // namespace
}  // namespace splitscope::workloads
