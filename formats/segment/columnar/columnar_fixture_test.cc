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

OpenFiles open_splits(const std::string& folder, const std::string& prefix) {
  OpenFiles files;
  for (const auto& split : test::fixture_splits(folder)) {
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

TEST_CASE("columns of real splits decode", "[columns][fixture]") {
  for (const auto& file : open_splits("splits/single", "part-")) {
    INFO(file->reader.file());
    CHECK(!file->reader.columns().empty());
    for (const auto& [key, column] : test::read_plain(file->reader)) {
      CHECK(column.size() == file->reader.num_rows());
    }
  }
}

TEST_CASE("the columns of a real merge are those of its inputs, and of our merge", "[fixture]") {
  const OpenFiles parts = open_splits("splits/merge_group", "part-");
  const OpenFiles merged = open_splits("splits/merge_group", "66b3e258");
  if (merged.empty()) return;
  REQUIRE(parts.size() == 8);
  const auto expected = test::read_plain(merged[0]->reader);
  CHECK(expected.begin()->second.size() == 40);
  CHECK(sorted(stacked(parts)) == sorted(expected));
  const OpenFile ours(merge(parts), "ours");
  CHECK(test::read_plain(ours.reader) == stacked(parts));
  CHECK(sorted(test::read_plain(ours.reader)) == sorted(expected));
}

TEST_CASE("blockwise linear, optional and multivalued columns of both versions", "[fixture]") {
  std::vector<test::PlainColumns> versions;
  for (const char* path : {"columnar/v1.columnar", "columnar/v2.columnar"}) {
    const auto file = test::fixture(path);
    if (!file) return;
    OpenFiles twice;
    for (int i = 0; i < 2; ++i) {
      twice.push_back(std::make_unique<OpenFile>(test::read_file(*file), path));
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

TEST_CASE("columns of real splits are written as the same bytes", "[fixture]") {
  for (const char* folder : {"splits/single", "splits/merge_group"}) {
    for (const auto& split : test::fixture_splits(folder)) {
      INFO(split.string());
      const auto bytes = test::component(split, ".fast");
      const MemorySource source(bytes);
      const ColumnarReader reader(SourceRange(source, "t.fast"));
      CHECK(test::write_plain(test::read_plain(reader), reader.num_rows()) == bytes);
    }
  }
}

}  // namespace
}  // namespace splitscope::formats
