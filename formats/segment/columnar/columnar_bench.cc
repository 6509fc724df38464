// What one value costs: decoding, encoding, mapping ordinals, merging.
#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "formats/segment/columnar/merge_columns.h"
#include "formats/segment/columnar/ordinal_map.h"
#include "formats/segment/columnar/testing/columns.h"

namespace splitscope::formats {
namespace {

constexpr std::uint32_t kRows = 1'000'000;
constexpr std::size_t kWindowBytes = 64 * 1024;

std::vector<std::uint64_t> random_values(unsigned bits, std::uint64_t gcd) {
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> values(kRows);
  for (auto& value : values) value = (random() >> (64 - bits)) * gcd;
  return values;
}

std::vector<std::byte> numeric_body(unsigned bits, std::uint64_t gcd) {
  const auto values = random_values(bits, gcd);
  return test::write_body(kRows, [&](ColumnarWriter& out) {
    write_numeric_column(out, "a", ColumnType::kU64, values);
  });
}

void count_values(benchmark::State& state, std::uint64_t values) {
  state.SetItemsProcessed(static_cast<std::int64_t>(values) * state.iterations());
}

void unpack_values(benchmark::State& state) {
  const auto bits = static_cast<unsigned>(state.range(0));
  const std::vector<std::byte> packed(1024 * 8, std::byte{0x5A});
  std::vector<std::uint64_t> out(1024);
  for (auto _ : state) {
    unpack(std::span(packed).first(128 * bits), bits, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_values(state, 1024);
}
BENCHMARK(unpack_values)->Arg(1)->Arg(8)->Arg(17)->Arg(40)->Arg(64);

void stream_values(benchmark::State& state) {
  const MemorySource source(numeric_body(static_cast<unsigned>(state.range(0)), 1000),
                            kWindowBytes);
  const ColumnarReader reader(SourceRange(source, "b.fast"));
  const Column column = reader.open(reader.columns()[0]);
  for (auto _ : state) {
    ValueStream values = column.values();
    std::uint64_t sum = 0;
    for (auto chunk = values.next(); !chunk.empty(); chunk = values.next()) sum += chunk.front();
    benchmark::DoNotOptimize(sum);
  }
  count_values(state, kRows);
}
BENCHMARK(stream_values)->Arg(8)->Arg(30);

void write_values(benchmark::State& state) {
  const auto values = random_values(static_cast<unsigned>(state.range(0)), 1000);
  const ValuePlan plan = bitpacked_plan(compute_stats(values));
  for (auto _ : state) {
    const auto body = test::write_body(kRows, [&](ColumnarWriter& out) {
      out.begin_numeric("a", ColumnType::kU64, plan);
      out.put(values);
      out.end();
    });
    benchmark::DoNotOptimize(body.data());
  }
  count_values(state, kRows);
}
BENCHMARK(write_values)->Arg(8)->Arg(30)->Unit(benchmark::kMillisecond);

void map_ordinals(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  OrdinalMap map(count, 5 * count);
  for (std::uint64_t i = 0; i < count; ++i) map.push_back(5 * i + i % 5);
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> ordinals(1024);
  for (auto& ordinal : ordinals) ordinal = random() % count;
  std::vector<std::uint64_t> chunk;
  for (auto _ : state) {
    chunk = ordinals;
    benchmark::DoNotOptimize(map.map(chunk));
    benchmark::ClobberMemory();
  }
  count_values(state, 1024);
}
BENCHMARK(map_ordinals)->Arg(5)->Arg(100'000)->Arg(10'000'000);

void merge_five(benchmark::State& state, ColumnType type) {
  constexpr std::uint32_t kInputRows = 200'000;
  std::vector<std::unique_ptr<MemorySource>> sources;
  std::vector<std::unique_ptr<ColumnarReader>> readers;
  std::vector<const ColumnarReader*> inputs;
  for (std::uint64_t input = 0; input < 5; ++input) {
    const auto body = test::write_body(kInputRows, [&](ColumnarWriter& out) {
      std::vector<std::uint64_t> values(kInputRows);
      for (std::uint64_t i = 0; i < kInputRows; ++i) values[i] = (i * 7919) % kInputRows;
      out.begin_column("a", type);
      if (has_dictionary(type)) {
        for (std::uint64_t i = 0; i < kInputRows; ++i) {
          out.put_key(std::to_string(1'000'000 + 5 * i + input));
        }
      }
      out.begin_values(plan_values(values));
      out.put(values);
      out.end();
    });
    sources.push_back(std::make_unique<MemorySource>(body, kWindowBytes));
    readers.push_back(std::make_unique<ColumnarReader>(SourceRange(*sources.back(), "b.fast")));
    inputs.push_back(readers.back().get());
  }
  std::vector<std::byte> merged;
  for (auto _ : state) {
    merged.clear();
    ComponentWriter out(std::make_unique<MemorySink>(merged));
    merge_columns(inputs, {}, out);
    out.finish();
  }
  count_values(state, 5 * kInputRows);
}
BENCHMARK_CAPTURE(merge_five, numbers, ColumnType::kU64)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(merge_five, strings, ColumnType::kStr)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace splitscope::formats

BENCHMARK_MAIN();
