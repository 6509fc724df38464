// u8 window, then the body of a columnar file. Proven: merged with itself, a file gives its rows
// twice, whatever the encoding was.
#include "formats/segment/columnar/columnar_reader.h"
#include "formats/segment/columnar/merge_columns.h"
#include "formats/segment/columnar/testing/columns.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

// Equal values take no bytes, so that a small file may rightly have very many; keys share prefixes.
constexpr std::uint32_t kMaxRows = 2000;
constexpr std::uint32_t kMaxValues = 4000;
constexpr std::uint64_t kMaxKeyBytes = 64 * 1024;

bool is_small(const formats::ColumnarReader& reader) {
  if (reader.num_rows() > kMaxRows) return false;
  for (const formats::ColumnEntry& entry : reader.columns()) {
    const formats::Column column = reader.open(entry);
    if (column.stats().count > kMaxValues) return false;
    if (column.cardinality() == formats::Cardinality::kMultivalued &&
        column.num_starts() > kMaxValues) {
      return false;
    }
    if (!formats::has_dictionary(column.type())) continue;
    std::uint64_t bytes = 0;
    formats::OrdinalStream keys(column.dictionary());
    while (keys.advance()) bytes += keys.key().size();
    if (bytes > kMaxKeyBytes) return false;
  }
  return true;
}

test::PlainColumns twice(const test::PlainColumns& columns) {
  test::PlainColumns doubled = columns;
  for (auto& [key, rows] : doubled) {
    const auto& once = columns.at(key);
    rows.insert(rows.end(), once.begin(), once.end());
  }
  return doubled;
}

// Columns without any value, which a merge leaves out, are left out as well. Walking does not check
// what ties the parts of a column together (a row's number, an ordinal), a merge must: it throws
// out_of_range here.
std::optional<test::PlainColumns> walk(const formats::ColumnarReader& reader) {
  try {
    test::PlainColumns columns;
    for (const formats::ColumnEntry& entry : reader.columns()) {
      const formats::Column column = reader.open(entry);
      if (column.stats().count == 0) continue;
      columns[{entry.name, entry.type}] = test::read_plain(column);
    }
    return columns;
  } catch (const std::out_of_range&) {
    return std::nullopt;
  }
}

}  // namespace

void run_columnar(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const formats::ColumnarReader reader(formats::SourceRange(source, "input.fast"));
  for (const formats::ColumnEntry& entry : reader.columns()) {
    expect(reader.find(entry.name, entry.type) != nullptr, "a column is found by its name");
  }
  if (!is_small(reader)) return;
  const auto columns = walk(reader);

  test::MemoryComponent out;
  const formats::ColumnarReader* const inputs[] = {&reader, &reader};
  formats::merge_columns(inputs, {}, out.writer());
  expect(columns.has_value(), "what can be merged can be read");
  const FreshSource merged(out.take(), window);
  read_back([&] {
    const formats::ColumnarReader again(formats::SourceRange(merged, "merged.fast"));
    expect(again.num_rows() == 2 * reader.num_rows(), "rows add up");
    expect(test::read_plain(again) == twice(*columns), "rows come back twice");
  });
}

}  // namespace splitscope::fuzz
