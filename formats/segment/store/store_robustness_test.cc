// Truncated and damaged stores end in an error or in other bytes, never in a crash or a huge
// buffer.
#include <cstdint>
#include <random>
#include <vector>

#include "base/errors.h"
#include "formats/segment/store/document.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/store/store_writer.h"
#include "strategies/interface/testing/memory_source.h"
#include "tests/catch.h"

namespace splitscope::formats {
namespace {

std::vector<std::byte> write_store(const char* compression) {
  std::vector<std::byte> file;
  ComponentWriter out(std::make_unique<MemorySink>(file));
  StoreWriter store(out, parse_compression(compression), 200);
  DocumentBuffer document;
  for (std::uint32_t i = 0; i < 60; ++i) {
    document.clear();
    document.add_u64(0, i);
    document.add_text(1, "some text that compresses, text that compresses");
    store.add(document.bytes());
  }
  store.finish();
  const std::uint64_t body_bytes = out.offset();
  out.finish();
  file.resize(body_bytes);
  return file;
}

// True when nothing was wrong.
bool read_all(const std::vector<std::byte>& bytes) {
  try {
    const MemorySource source(bytes, 16);
    const StoreReader store(SourceRange(source, "t.store"));
    DocumentStream documents(store);
    while (documents.advance()) {
      decode_document(documents.document(), [](const StoredValue&) {});
    }
    std::vector<std::byte> document;
    if (store.doc_count() > 0) store.read_document(store.doc_count() - 1, document);
    return true;
  } catch (const FormatError&) {
  } catch (const UnsupportedFeature&) {
  }
  return false;
}

TEST_CASE("no truncation and no changed bit of a store goes unchecked into memory", "[store]") {
  for (const char* compression : {"none", "lz4", "zstd"}) {
    const auto whole = write_store(compression);
    REQUIRE(read_all(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      REQUIRE(!read_all({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}));
    }
    auto damaged = whole;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      const auto mask = static_cast<std::byte>(1u << (bit % 8));
      damaged[bit / 8] ^= mask;
      (void)read_all(damaged);
      damaged[bit / 8] ^= mask;
    }
    std::mt19937 random(1);
    for (int round = 0; round < 2000; ++round) {
      auto noise = whole;
      for (int i = 0; i < 8; ++i) noise[random() % noise.size()] = static_cast<std::byte>(random());
      (void)read_all(noise);
    }
  }
}

TEST_CASE("a size that the block cannot have is refused before memory is taken", "[store]") {
  for (const Compressor compressor : {Compressor::kLz4, Compressor::kZstd}) {
    BlockDecompressor decompressor(compressor);
    std::vector<std::byte> stored(20);
    for (std::size_t i = 0; i < 4; ++i) stored[i] = std::byte{0x7F};
    CHECK_THROWS_WITH(decompressor.decompress(stored, "x.store", 5),
                      test::contains("x.store: at byte 5") && test::contains("2139062143"));
  }
}

TEST_CASE("unknown compressors and versions are named", "[store]") {
  auto store = write_store("lz4");
  const auto open = [&] {
    const MemorySource source(store);
    StoreReader(SourceRange(source, "t.store"));
  };
  store[store.size() - 16] = std::byte{2};
  CHECK_THROWS_WITH(open(), test::contains("t.store") && test::contains("compressor 2"));
  store[store.size() - 16] = std::byte{1};
  store[store.size() - 28] = std::byte{3};
  CHECK_THROWS_AS(open(), UnsupportedFeature);
}

}  // namespace
}  // namespace splitscope::formats
