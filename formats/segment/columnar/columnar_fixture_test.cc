// Columns that tantivy wrote.
#include <algorithm>
#include <string>
#include <vector>

#include "formats/segment/columnar/merge_columns.h"
#include "formats/segment/columnar/testing/columns.h"
#include "formats/segment/store/testing/fixture_split.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

struct OpenFile {
  OpenFile(std::vector<std::byte> body, const std::string& name)
      : source(std::move(body), 100), reader(SourceRange(source, name)) {}
  MemorySource source;
  ColumnarReader reader;
};

using OpenFiles = std::vector<std::unique_ptr<OpenFile>>;

OpenFiles open_splits(const std::vector<std::filesystem::path>& splits,
                      const std::string& prefix = "") {
  OpenFiles files;
  for (const auto& split : splits) {
    if (!split.filename().string().starts_with(prefix)) continue;
    files.push_back(std::make_unique<OpenFile>(test::component(split, ".fast"), split.string()));
  }
  return files;
}

std::vector<std::byte> merge(const OpenFiles& files) {
  std::vector<const ColumnarReader*> readers;
  for (const auto& file : files) readers.push_back(&file->reader);
  std::vector<std::byte> body;
  ComponentWriter out(std::make_unique<MemorySink>(body));
  merge_columns(readers, {}, out);
  const std::uint64_t body_bytes = out.offset();
  out.finish();
  body.resize(body_bytes);
  return body;
}

test::PlainColumns sorted(test::PlainColumns columns) {
  for (auto& [key, column] : columns) std::sort(column.begin(), column.end());
  return columns;
}

test::PlainColumns stacked(const OpenFiles& files) {
  test::PlainColumns all;
  for (const auto& file : files) {
    for (auto& [key, column] : test::read_plain(file->reader)) {
      all[key].insert(all[key].end(), column.begin(), column.end());
    }
  }
  return all;
}

void check_columns(const OpenFiles& files) {
  for (const auto& file : files) {
    INFO(file->reader.file());
    CHECK(!file->reader.columns().empty());
    for (const auto& [key, column] : test::read_plain(file->reader)) {
      CHECK(column.size() == file->reader.num_rows());
    }
    for (const ColumnEntry& entry : file->reader.columns()) {
      // Statistics are exact, so they check every value.
      const Column column = file->reader.open(entry);
      CHECK(compute_stats(test::read_values(file->reader.open(entry))) == column.stats());
    }
  }
}

TEST_CASE("columns of golden splits decode", "[columns]") {
  check_columns(open_splits(test::readable_golden_splits()));
}

TEST_CASE("columns of real splits decode", "[columns][fixture]") {
  check_columns(open_splits(test::fixture_splits("splits/single")));
}

/// tantivy also keeps those that the schema asks for; this merge was told of no schema.
test::PlainColumns with_values(const ColumnarReader& reader) {
  auto columns = test::read_plain(reader);
  std::erase_if(columns, [](const auto& column) {
    return std::ranges::all_of(column.second, [](const auto& row) { return row.empty(); });
  });
  return columns;
}

TEST_CASE("the columns of tantivy's merge are those of its inputs, and of our merge", "[columns]") {
  for (const std::string group : {"parts", "kinds"}) {
    INFO(group);
    const OpenFiles merged = open_splits({test::golden(group + "-merged.split")});
    const std::string prefix = group == "parts" ? "part-" : "kinds-";
    auto inputs = test::golden_splits(prefix);
    std::erase(inputs, test::golden(group + "-merged.split"));
    const OpenFiles parts = open_splits(inputs);
    REQUIRE(parts.size() == (group == "parts" ? 3 : 4));
    const OpenFile ours(merge(parts), "ours");
    CHECK(with_values(ours.reader) == with_values(merged[0]->reader));
  }
}

TEST_CASE("the columns of a real merge are those of its inputs, and of our merge", "[fixture]") {
  const auto splits = test::fixture_splits("splits/merge_group");
  if (splits.empty()) return;
  const OpenFiles parts = open_splits(splits, "part-");
  const OpenFiles merged = open_splits(splits, "66b3e258");
  REQUIRE(parts.size() == 8);
  const auto expected = test::read_plain(merged[0]->reader);
  CHECK(expected.begin()->second.size() == 40);
  CHECK(sorted(stacked(parts)) == sorted(expected));
  const OpenFile ours(merge(parts), "ours");
  CHECK(test::read_plain(ours.reader) == stacked(parts));
  CHECK(sorted(test::read_plain(ours.reader)) == sorted(expected));
}

TEST_CASE("blockwise linear, optional and multivalued columns of both versions", "[fixture]") {
  const auto folder = test::fixture("columnar");
  if (!folder) return;
  std::vector<test::PlainColumns> versions;
  for (const char* name : {"v1.columnar", "v2.columnar"}) {
    OpenFiles twice;
    for (int i = 0; i < 2; ++i) {
      twice.push_back(std::make_unique<OpenFile>(test::read_file(*folder / name), name));
    }
    const ColumnarReader& reader = twice[0]->reader;
    CHECK(reader.num_rows() == 65535);
    REQUIRE(reader.columns().size() == 4);
    std::vector<Cardinality> cardinalities;
    for (const ColumnEntry& entry : reader.columns()) {
      cardinalities.push_back(reader.open(entry).cardinality());
      // Statistics are exact, so they check every value.
      CHECK(compute_stats(test::read_values(reader.open(entry))) == reader.open(entry).stats());
    }
    CHECK(std::count(cardinalities.begin(), cardinalities.end(), Cardinality::kFull) == 1);
    CHECK(std::count(cardinalities.begin(), cardinalities.end(), Cardinality::kOptional) == 2);
    CHECK(std::count(cardinalities.begin(), cardinalities.end(), Cardinality::kMultivalued) == 1);
    versions.push_back(test::read_plain(reader));
    const OpenFile merged(merge(twice), "merged");
    CHECK(test::read_plain(merged.reader) == stacked(twice));
  }
  CHECK(versions[0] == versions[1]);
}

TEST_CASE("the rows of a columnar file of tantivy are written as the same bytes", "[fixture]") {
  const auto file = test::fixture("columnar/v2.columnar");
  if (!file) return;
  const auto bytes = test::read_file(*file);
  const MemorySource source(bytes);
  const ColumnarReader reader(SourceRange(source, "v2.columnar"));
  CHECK(test::write_plain(test::read_plain(reader), reader.num_rows()) == bytes);
}

void check_written_again(const std::filesystem::path& split) {
  INFO(split.string());
  const auto bytes = test::component(split, ".fast");
  const MemorySource source(bytes);
  const ColumnarReader reader(SourceRange(source, "t.fast"));
  CHECK(test::write_plain(test::read_plain(reader), reader.num_rows()) == bytes);
}

TEST_CASE("columns of golden splits are written as the same bytes", "[columns]") {
  for (const auto& split : test::readable_golden_splits()) {
    // Where they are long, tantivy packs dictionaries; we do not.
    if (split.filename() != "many.split") check_written_again(split);
  }
}

TEST_CASE("columns of real splits are written as the same bytes", "[fixture]") {
  const auto root = test::fixture("splits");
  if (!root) return;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*root)) {
    if (entry.path().extension() == ".split") check_written_again(entry.path());
  }
}

}  // namespace
}  // namespace splitscope::formats
