#include "formats/segment/columnar/testing/columns.h"
#include "formats/segment/composite_file.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/store/document.h"
#include "formats/segment/store/store_writer.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"
#include "formats/segment/terms/testing/transducer_index.h"
#include "formats/split/bundle.h"
#include "formats/split/hotcache.h"
#include "formats/split/split_fields.h"
#include "tests/fuzz/seeds.h"

namespace splitscope::fuzz {
namespace {

using test::key_of;
using test::MemoryComponent;

constexpr std::uint8_t kWholeWindow = 0;
constexpr std::uint8_t kSmallWindow = 2;

void add_documents(Seeds& seeds) {
  formats::DocumentBuffer document;
  document.add_text(0, "text");
  document.add_bytes(1, std::as_bytes(std::span("bytes")));
  document.add_u64(2, ~0ULL);
  document.add_i64(3, -1);
  document.add_f64(4, 0.5);
  document.add_bool(5, true);
  document.add_date(6, 1);
  seeds["document"].push_back(InputBuilder().bytes(document.bytes()).take());
  // An array of one null and an object of one key, which our writer does not write.
  const std::uint8_t nested[] = {0x82, 0, 0,  0,    0, 12,   0x81, 11, 1, 0,
                                 0,    0, 13, 0x82, 0, 0x81, 'k',  9,  1};
  seeds["document"].push_back(InputBuilder().bytes(std::as_bytes(std::span(nested))).take());
}

void add_stores(Seeds& seeds) {
  for (const auto compressor :
       {formats::Compressor::kNone, formats::Compressor::kLz4, formats::Compressor::kZstd}) {
    MemoryComponent out;
    constexpr std::uint64_t kBlockBytes = 60;
    formats::StoreWriter store(out.writer(), {compressor}, kBlockBytes);
    formats::DocumentBuffer document;
    // More than the 64 blocks of two layers of the skip index.
    constexpr std::uint32_t kDocs = 150;
    for (std::uint32_t doc = 0; doc < kDocs; ++doc) {
      document.clear();
      document.add_u64(0, doc);
      document.add_text(1, std::string(doc % 7, 'x'));
      store.add(document.bytes());
    }
    store.finish();
    seeds["store"].push_back(InputBuilder().number(kWholeWindow).bytes(out.take()).take());
  }
}

void add_columns(Seeds& seeds) {
  constexpr std::uint32_t kRows = 40;
  const test::PlainColumns columns = test::mixed_columns(kRows);
  seeds["columnar"].push_back(
      InputBuilder().number(kSmallWindow).bytes(test::write_plain(columns, kRows)).take());
  for (const auto& [key, column] : columns) {
    seeds["columnar"].push_back(InputBuilder()
                                    .number(kWholeWindow)
                                    .bytes(test::write_plain({{key, column}}, kRows))
                                    .take());
  }
}

void add_dictionaries(Seeds& seeds) {
  // Long keys fill the 4000 bytes of a block soon.
  constexpr std::uint32_t kKeys = 30;
  constexpr std::size_t kTailBytes = 200;
  const auto key = [](std::uint32_t i) {
    return "key" + std::to_string(100 + i) +
           std::string(kTailBytes, static_cast<char>('a' + i % 20));
  };
  MemoryComponent out;
  formats::TermWriter terms(out.writer());
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    terms.insert(key_of(key(i)), {i, {i, i + 1}, {2ULL * i, 2ULL * i + 2}});
  }
  terms.finish();
  const auto add = [&](std::uint8_t kind, const Content& dictionary) {
    seeds["sstable"].push_back(
        InputBuilder().number(kWholeWindow).number(kind).bytes(dictionary).take());
  };
  add(0, out.take());
  MemoryComponent strings;
  formats::OrdinalWriter ordinals(strings.writer());
  for (std::uint32_t i = 0; i < kKeys; ++i) ordinals.insert(key_of(key(i)));
  ordinals.finish();
  add(1, strings.take());
  MemoryComponent few;
  formats::OrdinalWriter few_ordinals(few.writer());
  for (const char* text : {"", "a", "ab", "abc", "b"}) few_ordinals.insert(key_of(text));
  few_ordinals.finish();
  add(1, few.take());
}

// More blocks than one group of addresses has, each of one key of two bytes.
void add_transducers(Seeds& seeds) {
  constexpr std::uint32_t kBlocks = 130;
  formats::ByteBuffer out;
  std::vector<std::string> keys;
  std::vector<formats::BlockAddress> blocks;
  for (std::uint32_t i = 0; i < kBlocks; ++i) {
    const std::string key = {static_cast<char>('a' + i / 16), static_cast<char>('A' + i % 16)};
    const std::uint64_t start = out.size();
    out.fixed(std::uint32_t{4});
    out.fixed(std::uint8_t{0});
    out.fixed(std::uint8_t{0x20});
    out.text(key);
    keys.push_back(key);
    blocks.push_back({{start, out.size()}, i});
  }
  out.fixed(std::uint32_t{0});
  const std::uint64_t blocks_end = out.size();
  const test::TransducerWriter transducer(keys, false);
  out.bytes(transducer.bytes());
  out.bytes(test::write_block_addresses(blocks).span());
  out.fixed(std::uint64_t{transducer.bytes().size()});
  out.fixed(blocks_end);
  out.fixed(std::uint64_t{kBlocks});
  out.fixed(std::uint32_t{3});
  constexpr std::uint8_t kOrdinalsKind = 1;
  const auto add = [&](std::span<const std::byte> dictionary) {
    seeds["sstable"].push_back(
        InputBuilder().number(kWholeWindow).number(kOrdinalsKind).bytes(dictionary).take());
  };
  add(out.span());
  add(std::as_bytes(std::span(test::kTantivyDictionary)));
}

void add_postings(Seeds& seeds) {
  for (const auto option : {formats::IndexRecordOption::kBasic, formats::IndexRecordOption::kFreq,
                            formats::IndexRecordOption::kPosition}) {
    for (const std::uint32_t docs : {5U, 128U, 300U}) {
      MemoryComponent idx;
      MemoryComponent pos;
      formats::PostingsWriter postings(idx.writer());
      formats::PositionsWriter positions(pos.writer());
      postings.begin_field(option, 1000);
      positions.begin_field();
      std::vector<formats::PostingsWriter::Term> terms;
      positions.begin_term();
      for (const std::uint32_t step : {2U, 1U}) {
        postings.begin_term();
        for (std::uint32_t doc = 0; doc < docs; ++doc) {
          const std::uint32_t id = doc * step;
          const std::uint32_t freq = doc % 5 + 1;
          postings.add({&id, 1}, {&freq, 1});
          positions.add({&freq, 1});
        }
        terms.push_back(postings.end_term());
      }
      const formats::ByteRange range = positions.end_term();
      seeds["postings"].push_back(InputBuilder()
                                      .number(kWholeWindow)
                                      .number(static_cast<std::uint8_t>(option))
                                      .number(std::uint32_t{1000})
                                      .number(static_cast<std::uint16_t>(range.size()))
                                      .number(static_cast<std::uint16_t>(terms[0].range.size()))
                                      .number(docs)
                                      .number(docs)
                                      .bytes(pos.take())
                                      .bytes(idx.take())
                                      .take());
    }
  }
}

void add_containers(Seeds& seeds) {
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  Content hotcache;
  {
    const auto text = bytes("0123456789");
    const MemorySource file({text.begin(), text.end()});
    formats::HotcachePlan plan;
    plan.files.push_back({"a.store", formats::SourceRange(file, "a.store"), {{0, 2}, {4, 7}}});
    plan.files.push_back({"meta.json", formats::SourceRange(file, "meta.json"), {{0, 10}}});
    plan.seal();
    MemorySink sink(hotcache);
    formats::write_hotcache(plan, sink);
  }
  seeds["hotcache"].push_back(InputBuilder().number(kWholeWindow).bytes(hotcache).take());

  const formats::BundleItem items[] = {{"a.store", 3}, {"meta.json", 4}};
  const formats::ByteBuffer metadata = formats::bundle_metadata(items);
  InputBuilder split;
  split.number(kWholeWindow)
      .bytes(bytes("abcdefg"))
      .bytes(metadata.span())
      .number(static_cast<std::uint32_t>(metadata.size()))
      .bytes(hotcache)
      .number(static_cast<std::uint32_t>(hotcache.size()));
  const Content legacy = split.take();
  seeds["container"].push_back(legacy);
  seeds["container"].push_back(InputBuilder()
                                   .bytes(legacy)
                                   .number(std::uint64_t{7})
                                   .number(std::uint32_t{1})
                                   .bytes(bytes("QWFT"))
                                   .take());
  seeds["split_fields"].push_back(
      InputBuilder()
          .number(kWholeWindow)
          .bytes(formats::encode_split_fields({{"body", 0, true, false}, {"ts", 5, true, true}}))
          .take());

  Content file;
  formats::CompositeWriter composite(std::make_unique<MemorySink>(file));
  composite.begin_field(0);
  composite.out().write(bytes("first"));
  composite.begin_field(3);
  composite.out().write(bytes("second"));
  composite.finish();
  seeds["segment_file"].push_back(InputBuilder().number(kWholeWindow).bytes(file).take());
}

void add_meta(Seeds& seeds) {
  constexpr std::string_view kMeta = R"json({
    "index_settings": {"docstore_compression": "zstd(compression_level=5)", "x": 1},
    "segments": [{"segment_id": "00112233-4455-6677-8899-aabbccddeeff", "max_doc": 3,
                  "deletes": {"num_deleted_docs": 1, "opstamp": 7}}],
    "schema": [
      {"name": "t", "type": "text", "options": {
        "indexing": {"record": "position", "fieldnorms": true, "tokenizer": "default"},
        "stored": true, "fast": {"with_tokenizer": "raw"}}},
      {"name": "d", "type": "date", "options": {
        "indexed": true, "fieldnorms": false, "fast": true, "stored": false,
        "precision": "seconds"}}],
    "opstamp": 9, "payload": "p"})json";
  seeds["meta_json"].push_back(InputBuilder().bytes(std::as_bytes(std::span(kMeta))).take());
}

}  // namespace

void add_written_seeds(Seeds& seeds) {
  add_documents(seeds);
  add_stores(seeds);
  add_columns(seeds);
  add_dictionaries(seeds);
  add_transducers(seeds);
  add_postings(seeds);
  add_containers(seeds);
  add_meta(seeds);
}

}  // namespace splitscope::fuzz
