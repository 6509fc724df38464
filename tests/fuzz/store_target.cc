// u8 window, then the body of a document store. Proven: documents are the same in one pass and one
// by one, and come back from a store written from them and from one that stacks the blocks.
#include "formats/segment/store/document.h"
#include "formats/segment/store/store_reader.h"
#include "formats/segment/store/store_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

namespace splitscope::fuzz {
namespace {

// Limit for documents that are written again; a small compressed block may hold very many bytes.
constexpr std::size_t kMaxDocumentBytes = 64 * 1024;
constexpr std::uint32_t kReads = 16;

struct Documents {
  std::vector<Content> documents;
  bool complete = true;
};

Documents read_documents(const formats::StoreReader& store) {
  Documents read;
  std::size_t bytes = 0;
  std::uint32_t next = 0;
  formats::DocumentStream stream(store);
  while (stream.advance()) {
    expect(stream.doc() == next++, "documents are counted from 0");
    bytes += stream.document().size() + 1;
    read.complete = bytes <= kMaxDocumentBytes;
    if (read.complete) {
      read.documents.emplace_back(stream.document().begin(), stream.document().end());
    }
  }
  expect(next == store.doc_count(), "there are as many documents as the skip index says");
  return read;
}

template <typename Write>
void expect_comes_back(const Documents& expected, const formats::Compression& compression,
                       std::size_t window, Write write) {
  constexpr std::uint64_t kBlockBytes = 100;
  test::MemoryComponent out;
  formats::StoreWriter writer(out.writer(), compression, kBlockBytes);
  write(writer);
  writer.finish();
  const FreshSource source(out.take(), window);
  const Documents again = read_back([&] {
    return read_documents(formats::StoreReader(formats::SourceRange(source, "written.store")));
  });
  expect(again.documents == expected.documents, "documents come back");
}

}  // namespace

void run_store(std::span<const std::byte> input) {
  Input in(input);
  const std::size_t window = window_of(in.number<std::uint8_t>());
  const FreshSource source(in.rest(), window);
  const formats::StoreReader store(formats::SourceRange(source, "input.store"));
  const Documents read = read_documents(store);
  const std::uint32_t stride = store.doc_count() / kReads + 1;
  Content document;
  for (std::uint32_t doc = 0; doc < read.documents.size(); doc += stride) {
    store.read_document(doc, document);
    expect(document == read.documents[doc], "a document is the same by its number");
  }
  if (!read.complete) return;
  expect_comes_back(read, {formats::Compressor::kLz4}, window, [&](formats::StoreWriter& out) {
    for (const Content& one : read.documents) out.add(one);
  });
  if (store.version() == 1) return;
  expect_comes_back(read, {store.compressor()}, window,
                    [&](formats::StoreWriter& out) { out.append_blocks(store); });
  for (const Content& one : read.documents)
    formats::decode_document(one, [](const formats::StoredValue&) {});
}

}  // namespace splitscope::fuzz
