// Microbenchmarks of what a merge does for every term and posting. Items are postings, terms or
// numbers; inputs are about what one field of a log index has.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "formats/segment/postings/positions_decoder.h"
#include "formats/segment/postings/positions_writer.h"
#include "formats/segment/postings/postings_decoder.h"
#include "formats/segment/postings/postings_writer.h"
#include "formats/segment/terms/dictionary_streams.h"
#include "formats/segment/terms/k_way_merge.h"
#include "formats/segment/terms/sstable_writer.h"
#include "formats/segment/terms/testing/memory_component.h"

namespace splitscope::formats {
namespace {

using test::key_of;
using test::MemoryComponent;

constexpr std::size_t kWindowBytes = 64 * 1024;

NumberBlock random_block(unsigned bits) {
  std::mt19937 random(bits);
  NumberBlock block;
  for (std::uint32_t& number : block) {
    number = static_cast<std::uint32_t>(random()) >> (kMaxBlockBits - bits);
  }
  return block;
}

void count_numbers(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBlockLength));
}

void pack(benchmark::State& state) {
  const auto bits = static_cast<unsigned>(state.range(0));
  const NumberBlock block = random_block(bits);
  std::byte packed[kMaxPackedBlockBytes];
  for (auto _ : state) {
    pack_block(block, block_bits(block), packed);
    benchmark::DoNotOptimize(packed);
  }
  count_numbers(state);
}
BENCHMARK(pack)->Arg(1)->Arg(7)->Arg(16)->Arg(31);

void unpack(benchmark::State& state) {
  const auto bits = static_cast<unsigned>(state.range(0));
  std::byte packed[kMaxPackedBlockBytes];
  pack_block(random_block(bits), bits, packed);
  NumberBlock block;
  for (auto _ : state) {
    unpack_block(packed, bits, block);
    from_strict_deltas(7, block);
    benchmark::DoNotOptimize(block);
  }
  count_numbers(state);
}
BENCHMARK(unpack)->Arg(1)->Arg(7)->Arg(16)->Arg(31);

void unpack_scalar(benchmark::State& state) {
  const auto bits = static_cast<unsigned>(state.range(0));
  std::byte packed[kMaxPackedBlockBytes];
  pack_block(random_block(bits), bits, packed);
  NumberBlock block;
  for (auto _ : state) {
    scalar::unpack_block(packed, bits, block);
    scalar::from_strict_deltas(7, block);
    benchmark::DoNotOptimize(block);
  }
  count_numbers(state);
}
BENCHMARK(unpack_scalar)->Arg(7)->Arg(31);

// Trace ids: many terms, few of which the inputs share.
std::vector<std::byte> dictionary(std::size_t terms, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> keys(terms);
  for (std::string& key : keys) {
    key.resize(16);
    for (char& c : key) c = "0123456789abcdef"[random() % 16];
    if (random() % 4 == 0) key.resize(4);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  MemoryComponent out;
  TermWriter writer(out.writer());
  std::uint64_t at = 0;
  for (const std::string& key : keys) {
    writer.insert(key_of(key), {1, {at, at + 3}, {at, at + 3}});
    at += 3;
  }
  writer.finish();
  return out.take();
}

void stream_terms(benchmark::State& state) {
  const MemorySource source(dictionary(400000, 1), kWindowBytes);
  std::int64_t terms = 0;
  for (auto _ : state) {
    TermStream stream(SourceRange(source, "x.term"));
    while (stream.advance()) {
      auto start = stream.value().postings.start;
      benchmark::DoNotOptimize(start);
      ++terms;
    }
  }
  state.SetItemsProcessed(terms);
}
BENCHMARK(stream_terms)->Unit(benchmark::kMillisecond);

void merge_terms(benchmark::State& state) {
  std::vector<MemorySource> sources;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    sources.emplace_back(dictionary(400000, static_cast<std::uint64_t>(i)), kWindowBytes);
  }
  std::int64_t terms = 0;
  for (auto _ : state) {
    std::vector<TermStream> streams;
    for (const MemorySource& source : sources) streams.emplace_back(SourceRange(source, "x.term"));
    KWayMerge<TermStream> merge(std::move(streams));
    while (merge.advance()) {
      benchmark::DoNotOptimize(merge.key().data());
      terms += static_cast<std::int64_t>(merge.inputs().size());
    }
  }
  state.SetItemsProcessed(terms);
}
BENCHMARK(merge_terms)->Arg(2)->Arg(5)->Arg(12)->Unit(benchmark::kMillisecond);

// The output of a sink that keeps nothing.
class NullSink final : public ByteSink {
  void append(std::span<const std::byte>) override {}
  void append_range(const ByteSource&, std::uint64_t, std::uint64_t) override {}
  void complete() override {}
};

void write_terms(benchmark::State& state) {
  std::vector<std::string> keys;
  const MemorySource source(dictionary(400000, 1));
  TermStream stream(SourceRange(source, "x.term"));
  while (stream.advance()) keys.push_back(test::text_of(stream.key()));
  for (auto _ : state) {
    ComponentWriter out(std::make_unique<NullSink>());
    TermWriter writer(out);
    std::uint64_t at = 0;
    for (const std::string& key : keys) {
      writer.insert(key_of(key), {1, {at, at + 3}, {at, at + 3}});
      at += 3;
    }
    writer.finish();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(keys.size()));
}
BENCHMARK(write_terms)->Unit(benchmark::kMillisecond);

struct PostingsField {
  std::vector<std::byte> idx;
  std::vector<TermInfo> terms;
  std::vector<std::uint8_t> norms;
};

// `terms` terms of `docs_each` documents, out of a million.
PostingsField postings_field(std::size_t terms, std::size_t docs_each) {
  constexpr std::uint32_t kMaxDoc = 1000000;
  std::mt19937 random(1);
  PostingsField field;
  field.norms.resize(kMaxDoc);
  for (std::uint8_t& norm : field.norms) norm = static_cast<std::uint8_t>(random() % 60);
  MemoryComponent out;
  PostingsWriter writer(out.writer());
  writer.begin_field(IndexRecordOption::kPosition, 30 * kMaxDoc, field.norms);
  std::vector<std::uint32_t> docs(docs_each);
  std::vector<std::uint32_t> freqs(docs_each);
  const auto gap = static_cast<std::uint32_t>(2 * (kMaxDoc / docs_each - 1));
  for (std::size_t term = 0; term < terms; ++term) {
    std::uint32_t doc = 0;
    for (std::size_t i = 0; i < docs_each; ++i) {
      docs[i] = doc;
      freqs[i] = 1 + static_cast<std::uint32_t>(random() % 4);
      doc += 1 + static_cast<std::uint32_t>(random() % gap);
      if (doc >= kMaxDoc) doc = docs[i] + 1;
    }
    writer.begin_term();
    writer.add(docs, freqs);
    const auto written = writer.end_term();
    field.terms.push_back({written.doc_freq, written.range, {0, 0}});
  }
  field.idx = out.take();
  return field;
}

// Decodes and writes again, as a merge does.
void recode_postings(benchmark::State& state) {
  const PostingsField field = postings_field(static_cast<std::size_t>(state.range(0)),
                                             static_cast<std::size_t>(state.range(1)));
  const MemorySource source(field.idx, kWindowBytes);
  const auto access = state.range(2) == 0 ? TermAccess::kPerTerm : TermAccess::kForward;
  std::int64_t postings = 0;
  for (auto _ : state) {
    PostingsDecoder decoder(SourceRange(source, "x.idx"), IndexRecordOption::kPosition, 2000000,
                            access);
    ComponentWriter out(std::make_unique<NullSink>());
    PostingsWriter writer(out);
    writer.begin_field(IndexRecordOption::kPosition, 30 * field.norms.size(), field.norms);
    for (const TermInfo& term : field.terms) {
      decoder.open(term);
      writer.begin_term(decoder.has_freqs());
      while (decoder.next_block() > 0) {
        writer.add(decoder.docs(), decoder.term_freqs());
        postings += static_cast<std::int64_t>(decoder.docs().size());
      }
      benchmark::DoNotOptimize(writer.end_term());
    }
  }
  state.SetItemsProcessed(postings);
}
BENCHMARK(recode_postings)
    ->Args({400000, 1, 0})
    ->Args({400000, 1, 1})
    ->Args({40000, 20, 0})
    ->Args({10, 100000, 0})
    ->Unit(benchmark::kMillisecond);

void recode_positions(benchmark::State& state) {
  const auto terms = static_cast<std::size_t>(state.range(0));
  const std::vector<std::uint32_t> deltas(static_cast<std::size_t>(state.range(1)), 37);
  MemoryComponent written;
  PositionsWriter first(written.writer());
  first.begin_field();
  std::vector<TermInfo> infos;
  for (std::size_t i = 0; i < terms; ++i) {
    first.begin_term();
    first.add(deltas);
    infos.push_back({1, {}, first.end_term()});
  }
  const MemorySource source(written.take(), kWindowBytes);
  for (auto _ : state) {
    PositionsDecoder decoder(SourceRange(source, "x.pos"));
    ComponentWriter out(std::make_unique<NullSink>());
    PositionsWriter writer(out);
    writer.begin_field();
    for (const TermInfo& info : infos) {
      decoder.open(info);
      writer.begin_term();
      for (auto part = decoder.next_chunk(); !part.empty(); part = decoder.next_chunk()) {
        writer.add(part);
      }
      benchmark::DoNotOptimize(writer.end_term());
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(recode_positions)->Args({400000, 1})->Args({10, 1000000})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace splitscope::formats

BENCHMARK_MAIN();
