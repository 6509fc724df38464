#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/errors.h"
#include "formats/codec/byte_reader.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/store/store_writer.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

using Document = std::vector<std::byte>;

const std::vector<std::string> kCompressions = {"none", "lz4", "zstd", "zstd(compression_level=8)"};
const std::vector<std::size_t> kWindows = {0, 1, 7, 4096};

// Half compressible, half not; sizes from 0 to twice `mean_bytes`.
std::vector<Document> make_documents(std::size_t count, std::size_t mean_bytes, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Document> documents(count);
  for (Document& document : documents) {
    document.resize(random() % (2 * mean_bytes + 1));
    for (std::size_t i = 0; i < document.size(); ++i) {
      document[i] = static_cast<std::byte>(i % 2 == 0 ? random() : 'x');
    }
  }
  return documents;
}

std::vector<std::byte> write_store(const std::vector<Document>& documents,
                                   const std::string& compression, std::uint64_t block_bytes) {
  std::vector<std::byte> file;
  ComponentWriter out(std::make_unique<MemorySink>(file));
  StoreWriter store(out, parse_compression(compression), block_bytes);
  for (const Document& document : documents) store.add(document);
  CHECK(store.doc_count() == documents.size());
  store.finish();
  const std::uint64_t body_bytes = out.offset();
  out.finish();
  file.resize(body_bytes);
  return file;
}

void check_documents(const std::vector<std::byte>& body, const std::vector<Document>& expected) {
  for (const std::size_t window : kWindows) {
    const MemorySource source(body, window);
    const StoreReader store(SourceRange(source, "t.store"));
    REQUIRE(store.doc_count() == expected.size());
    DocumentStream documents(store);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(documents.advance());
      REQUIRE(documents.doc() == i);
      REQUIRE(Document(documents.document().begin(), documents.document().end()) == expected[i]);
    }
    CHECK(!documents.advance());
    CHECK(!documents.advance());
    Document document;
    for (std::size_t i = 0; i < expected.size(); i += expected.size() / 50 + 1) {
      store.read_document(static_cast<std::uint32_t>(i), document);
      REQUIRE(document == expected[i]);
    }
    CHECK_THROWS_AS(store.read_document(store.doc_count(), document), RangeError);
    // Forward, backward and to and fro, within blocks and across them.
    DocumentReader reader(store);
    const std::size_t step = expected.size() / 50 + 1;
    for (std::size_t i = 0; i < expected.size(); i += step) {
      for (const std::size_t at : {i, expected.size() - 1 - i, i}) {
        const auto part = reader.read(static_cast<std::uint32_t>(at));
        REQUIRE(Document(part.begin(), part.end()) == expected[at]);
      }
    }
    CHECK_THROWS_AS(reader.read(store.doc_count()), RangeError);
  }
}

TEST_CASE("documents come back from stores of every shape", "[store]") {
  for (const std::string& compression : kCompressions) {
    // Blocks hold one document at block size 1: counts around 1, 8, 64 and 512 are the edges of
    // records and layers of the skip index.
    for (const std::size_t count : {0U, 1U, 2U, 7U, 8U, 9U, 63U, 64U, 65U, 513U}) {
      INFO(compression << ", " << count << " documents");
      const auto documents = make_documents(count, 40, static_cast<unsigned>(count));
      check_documents(write_store(documents, compression, 1), documents);
      check_documents(write_store(documents, compression, 500), documents);
      check_documents(write_store(documents, compression, 16384), documents);
    }
  }
}

TEST_CASE("a block closes when documents and 8 bytes for each exceed the block size", "[store]") {
  const std::vector<Document> documents(2, Document(10));
  const auto blocks = [&](std::uint64_t block_bytes) {
    const MemorySource source(write_store(documents, "none", block_bytes));
    return StoreReader(SourceRange(source, "t.store")).blocks();
  };
  CHECK(blocks(17) == 2);
  CHECK(blocks(18) == 1);
  CHECK(blocks(36) == 1);
}

TEST_CASE("stores of random sizes come back in the blocks that the rule gives", "[store]") {
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    const std::string& compression = kCompressions[random() % kCompressions.size()];
    const std::uint64_t block_bytes = random() % 3 == 0 ? random() % 4 : 1 + random() % 2000;
    std::vector<Document> documents(random() % 200);
    for (Document& document : documents) {
      // Empty ones, small ones, and some that end a block just so.
      const std::size_t sizes[] = {0, 1, random() % 300, block_bytes > 8 ? block_bytes - 8 : 0,
                                   block_bytes > 7 ? block_bytes - 7 : 0};
      document.assign(sizes[random() % 5], static_cast<std::byte>(random()));
    }
    std::vector<std::uint32_t> expected;
    std::uint64_t bytes = 0;
    std::uint32_t count = 0;
    for (const Document& document : documents) {
      bytes += document.size();
      ++count;
      if (bytes + 8 * count <= block_bytes) continue;
      expected.push_back(count);
      bytes = 0;
      count = 0;
    }
    if (count > 0) expected.push_back(count);
    INFO("round " << round << ", " << compression << ", block size " << block_bytes);
    const auto body = write_store(documents, compression, block_bytes);
    check_documents(body, documents);
    const MemorySource source(body);
    const StoreReader store(SourceRange(source, "t.store"));
    std::vector<std::uint32_t> found;
    for (std::size_t i = 0; i < store.blocks(); ++i) found.push_back(store.checkpoint(i).doc_count);
    REQUIRE(found == expected);
  }
}

TEST_CASE("a document larger than the block size gets through", "[store]") {
  for (const std::string& compression : kCompressions) {
    auto documents = make_documents(5, 20, 1);
    documents[2].assign(300'000, std::byte{'y'});
    check_documents(write_store(documents, compression, 1000), documents);
  }
}

TEST_CASE("the skip index has three layers above 64 blocks and names every block", "[store]") {
  const auto documents = make_documents(70, 30, 3);
  const MemorySource source(write_store(documents, "lz4", 1));
  const StoreReader store(SourceRange(source, "t.store"));
  REQUIRE(store.blocks() == 70);
  const SourceRange body(source, "t.store");
  const std::uint64_t index_at = store.block_area().size();
  CHECK(ByteReader(body.read(index_at, 1).span()).vint() == 3);
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < store.blocks(); ++i) {
    const Checkpoint checkpoint = store.checkpoint(i);
    CHECK(checkpoint.first_doc == i);
    CHECK(checkpoint.doc_count == 1);
    CHECK(checkpoint.offset == offset);
    offset += checkpoint.length;
  }
  CHECK(offset == index_at);
}

// What tantivy's SkipIndex::seek does: from the top layer down, the first checkpoint that ends
// behind the document.
std::uint64_t seek_layers(const std::vector<std::byte>& body, std::uint64_t index_at,
                          std::uint32_t doc) {
  const std::span<const std::byte> bytes(body);
  ByteReader in(bytes.subspan(static_cast<std::size_t>(index_at)));
  std::vector<std::uint64_t> ends(static_cast<std::size_t>(in.vint()));
  for (auto& end : ends) end = in.vint();
  const auto layers = bytes.subspan(static_cast<std::size_t>(index_at) + in.position());
  std::uint64_t offset = 0;
  std::uint64_t begin = 0;
  for (const std::uint64_t end : ends) {
    ByteReader layer(layers.subspan(static_cast<std::size_t>(begin + offset),
                                    static_cast<std::size_t>(end - begin - offset)));
    bool found = false;
    while (!found) {
      const std::uint64_t count = layer.vint();
      std::uint64_t first_doc = layer.vint();
      std::uint64_t at = layer.vint();
      for (std::uint64_t i = 0; i < count; ++i) {
        first_doc += layer.vint();
        const std::uint64_t length = layer.vint();
        if (!found && first_doc > doc) {
          offset = at;
          found = true;
        }
        at += length;
      }
    }
    begin = end;
  }
  return offset;
}

TEST_CASE("a search through the layers ends at the right block", "[store]") {
  for (const std::size_t count : {1U, 8U, 9U, 64U, 65U, 600U}) {
    const auto body = write_store(make_documents(count, 30, 5), "lz4", 100);
    const MemorySource source(body);
    const StoreReader store(SourceRange(source, "t.store"));
    for (std::size_t block = 0; block < store.blocks(); ++block) {
      const Checkpoint checkpoint = store.checkpoint(block);
      for (const std::uint32_t in_block : {std::uint32_t{0}, checkpoint.doc_count - 1}) {
        REQUIRE(seek_layers(body, store.block_area().size(), checkpoint.first_doc + in_block) ==
                checkpoint.offset);
      }
    }
  }
}

TEST_CASE("stacked stores read as one", "[store]") {
  for (const std::string& compression : kCompressions) {
    std::vector<Document> expected;
    std::vector<std::byte> file;
    ComponentWriter out(std::make_unique<MemorySink>(file));
    StoreWriter merged(out, parse_compression(compression), 300);
    // Documents before, between and behind the stacked blocks; an empty store among them.
    const std::vector<std::size_t> counts = {100, 0, 1, 333};
    for (std::size_t i = 0; i < counts.size(); ++i) {
      const auto alone = make_documents(2, 50, static_cast<unsigned>(100 + i));
      for (const Document& document : alone) merged.add(document);
      expected.insert(expected.end(), alone.begin(), alone.end());
      const auto documents = make_documents(counts[i], 50, static_cast<unsigned>(i));
      expected.insert(expected.end(), documents.begin(), documents.end());
      const MemorySource source(write_store(documents, compression, 200), 7);
      const StoreReader store(SourceRange(source, "in.store"));
      merged.append_blocks(store);
      CHECK(merged.doc_count() == expected.size());
    }
    merged.finish();
    const std::uint64_t body_bytes = out.offset();
    out.finish();
    file.resize(body_bytes);
    check_documents(file, expected);
  }
}

TEST_CASE("stacking refuses another compressor and version 1", "[store]") {
  std::vector<std::byte> file;
  ComponentWriter out(std::make_unique<MemorySink>(file));
  StoreWriter merged(out, parse_compression("lz4"));
  const auto documents = make_documents(3, 50, 1);
  const MemorySource zstd(write_store(documents, "zstd", 200));
  CHECK_THROWS_WITH(merged.append_blocks(StoreReader(SourceRange(zstd, "in.store"))),
                    test::contains("in.store") && test::contains("zstd"));
  auto old = write_store(documents, "lz4", 200);
  old[old.size() - 28] = std::byte{1};
  const MemorySource version_1(old);
  const StoreReader reader(SourceRange(version_1, "old.store"));
  CHECK(reader.version() == 1);
  CHECK_THROWS_AS(merged.append_blocks(reader), UnsupportedFeature);
}

TEST_CASE("a document of the block that was read last is read from memory", "[store]") {
  struct CountingSource final : ByteSource {
    explicit CountingSource(std::vector<std::byte> content) : memory(std::move(content)) {}
    [[nodiscard]] std::uint64_t file_size() const override { return memory.size(); }
    [[nodiscard]] std::string_view file_name() const override { return memory.name(); }
    [[nodiscard]] Bytes read_range(std::uint64_t offset, std::size_t length) const override {
      ++reads;
      return memory.read(offset, length);
    }
    [[nodiscard]] std::unique_ptr<Scan> scan_range(std::uint64_t offset,
                                                   std::uint64_t length) const override {
      return memory.scan(offset, length);
    }
    MemorySource memory;
    mutable int reads = 0;
  };
  const std::vector<Document> documents(40, Document(100, std::byte{7}));
  const CountingSource source(write_store(documents, "lz4", 1000));
  const StoreReader store(SourceRange(source, "t.store"));
  REQUIRE(store.blocks() > 1);
  DocumentReader reader(store);
  const int before = source.reads;
  const std::uint32_t in_first = store.checkpoint(0).doc_count;
  for (std::uint32_t doc = 0; doc < in_first; ++doc) (void)reader.read(doc);
  CHECK(source.reads == before + 1);
  (void)reader.read(in_first);
  CHECK(source.reads == before + 2);
}

TEST_CASE("compression names", "[store]") {
  CHECK(parse_compression("none").compressor == Compressor::kNone);
  CHECK(parse_compression("lz4").compressor == Compressor::kLz4);
  CHECK(parse_compression("zstd") == Compression{Compressor::kZstd, 3});
  CHECK(parse_compression("zstd(compression_level=8)") == Compression{Compressor::kZstd, 8});
  for (const std::string& name : kCompressions) {
    CHECK(format_compression(parse_compression(name)) == name);
  }
  for (const char* bad :
       {"", "LZ4", "brotli", "zstd(", "zstd(compression_level=)", "zstd(compression_level=8",
        "zstd(compression_level=99)", "zstd(compression_level=8x)"}) {
    CHECK_THROWS_AS(parse_compression(bad), UnsupportedFeature);
  }
}

}  // namespace
}  // namespace splitscope::formats
