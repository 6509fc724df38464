// Stores that tantivy wrote.
#include <string>
#include <vector>

#include "formats/segment/store/document.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/store/store_writer.h"
#include "formats/segment/store/testing/fixture_split.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using Documents = std::vector<std::string>;

Documents documents_of(const std::vector<std::byte>& body) {
  const MemorySource source(body, 100);
  const StoreReader store(SourceRange(source, "fixture.store"));
  Documents documents;
  DocumentStream stream(store);
  while (stream.advance()) {
    const auto bytes = stream.document();
    documents.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    std::uint64_t values = 0;
    decode_document(bytes, [&](const StoredValue&) { ++values; });
    CHECK(values > 0);
  }
  CHECK(documents.size() == store.doc_count());
  return documents;
}

TEST_CASE("documents of golden splits decode", "[store]") {
  for (const auto& split : test::golden_splits()) {
    INFO(split);
    CHECK(!documents_of(test::component(split, ".store")).empty());
  }
}

TEST_CASE("the documents of tantivy's merge are those of its inputs, in order", "[store]") {
  Documents parts;
  for (const char* name : {"kinds-0.split", "kinds-1.split", "kinds-2.split", "kinds-3.split"}) {
    const auto documents = documents_of(test::component(test::golden(name), ".store"));
    parts.insert(parts.end(), documents.begin(), documents.end());
  }
  CHECK(parts == documents_of(test::component(test::golden("kinds-merged.split"), ".store")));
}

TEST_CASE("documents of real splits decode", "[store][fixture]") {
  for (const auto& split : test::fixture_splits("splits/single")) {
    INFO(split);
    CHECK(!documents_of(test::component(split, ".store")).empty());
  }
}

TEST_CASE("the documents of a real merge are those of its inputs", "[store][fixture]") {
  Documents parts;
  Documents merged;
  for (const auto& split : test::fixture_splits("splits/merge_group")) {
    const auto documents = documents_of(test::component(split, ".store"));
    auto& target = split.filename().string().starts_with("part-") ? parts : merged;
    target.insert(target.end(), documents.begin(), documents.end());
  }
  if (merged.empty()) return;
  CHECK(merged.size() == 40);
  std::sort(parts.begin(), parts.end());
  std::sort(merged.begin(), merged.end());
  CHECK(parts == merged);
}

void check_stacking(const std::vector<std::filesystem::path>& splits) {
  Documents expected;
  std::vector<std::byte> file;
  ComponentWriter out(std::make_unique<MemorySink>(file));
  StoreWriter merged(out, parse_compression("lz4"));
  for (const auto& split : splits) {
    const auto body = test::component(split, ".store");
    for (const auto& document : documents_of(body)) expected.push_back(document);
    const MemorySource source(body, 64);
    merged.append_blocks(StoreReader(SourceRange(source, split.string())));
  }
  merged.finish();
  const std::uint64_t body_bytes = out.offset();
  out.finish();
  file.resize(body_bytes);
  CHECK(documents_of(file) == expected);
}

TEST_CASE("stores of tantivy stack", "[store]") {
  check_stacking({test::golden("part-0.split"), test::golden("kinds-0.split"),
                  test::golden("json-stored.split"), test::golden("part-1.split")});
}

TEST_CASE("real stores stack", "[store][fixture]") {
  const auto splits = test::fixture_splits("splits/single");
  if (!splits.empty()) check_stacking(splits);
}

TEST_CASE("stores of formats 6 and 7 open", "[store][fixture]") {
  const auto folder = test::fixture("tantivy_index");
  if (!folder) return;
  for (const auto& [path, version] :
       {std::pair("index_v6/00000000000000000000000000000000.store", 1U),
        std::pair("index_v7/000002f0000000000000000000000000.store", 2U)}) {
    const auto body = test::without_file_footer(test::read_file(*folder / path));
    const MemorySource source(body);
    CHECK(StoreReader(SourceRange(source, path)).version() == version);
    CHECK(documents_of(body).size() == 1);
  }
}

}  // namespace
}  // namespace splitscope::formats
