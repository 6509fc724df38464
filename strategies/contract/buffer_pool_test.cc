#include "strategies/io/buffer_pool.h"

#include <cstring>
#include <random>
#include <set>
#include <thread>

#include "base/testing/temporary_folder.h"
#include "strategies/pooled_buffer.h"
#include "tests/catch.h"

namespace splitscope::strategies {
namespace {

TEST_CASE("buffers are allocated when needed, aligned, and used again") {
  const auto pool = BufferPool::create(3, 1000);
  CHECK(pool->statistics().allocated == 0);
  const std::byte* first = nullptr;
  {
    PooledBuffer buffer = pool->acquire(10);
    first = buffer.span().data();
    CHECK(buffer.span().size() == 1000);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % 4096 == 0);
    CHECK(pool->statistics().in_use == 1);
  }
  CHECK(pool->statistics().in_use == 0);
  CHECK(pool->acquire(1000).span().data() == first);
  CHECK(pool->statistics().allocated == 1);
  CHECK(pool->statistics().overflows == 0);
}

TEST_CASE("an empty pool and a large request are served from the heap and counted") {
  const auto pool = BufferPool::create(2, 100);
  PooledBuffer one = pool->acquire(100);
  PooledBuffer two = pool->acquire(100);
  CHECK(one.span().data() != two.span().data());
  PooledBuffer three = pool->acquire(60);
  CHECK(three.overflowed());
  CHECK(three.span().size() == 60);
  CHECK(pool->statistics().overflows == 1);
  one.reset();
  CHECK_FALSE(pool->acquire(100).overflowed());
  CHECK(pool->acquire(101).overflowed());
  const auto statistics = pool->statistics();
  CHECK(statistics.overflows == 2);
  CHECK(statistics.allocated == 2);
  CHECK(statistics.in_use == 1);
  CHECK(statistics.most_in_use == 2);
}

TEST_CASE("a buffer that became Bytes goes back when they are dropped") {
  auto pool = BufferPool::create(1, 100);
  PooledBuffer buffer = pool->acquire(50);
  std::memset(buffer.span().data(), 7, 50);
  PooledBuffer moved;
  moved = std::move(buffer);
  Bytes bytes = std::move(moved).into_bytes(50);
  CHECK(bytes.size() == 50);
  CHECK(pool->statistics().in_use == 1);
  CHECK(pool->acquire(50).overflowed());
  bytes.reset();
  CHECK(pool->statistics().in_use == 0);

  // The pool is kept by what is still out.
  bytes = pool->acquire(50).into_bytes(50);
  Bytes overflow = pool->acquire(50).into_bytes(50);
  pool.reset();
  std::memset(const_cast<std::byte*>(bytes.data()), 1, 50);
  bytes.reset();
  CHECK(overflow.size() == 50);
}

TEST_CASE("threads never share a buffer") {
  const auto pool = BufferPool::create(4, 256);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::mt19937 random(static_cast<unsigned>(thread));
      std::vector<Bytes> kept(3);
      for (std::size_t round = 0; round < 2000; ++round) {
        PooledBuffer buffer = pool->acquire(1 + random() % 300);
        std::memset(buffer.span().data(), thread, buffer.span().size());
        const std::size_t size = buffer.span().size();
        Bytes& slot = kept[round % kept.size()];
        for (const std::byte byte : slot.span()) {
          if (byte != static_cast<std::byte>(thread)) ++wrong;
        }
        slot = std::move(buffer).into_bytes(size);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(pool->statistics().in_use == 0);
  CHECK(pool->statistics().allocated == pool->statistics().most_in_use);
}

TEST_CASE("the strategy's reads, scans and sinks share its pool and return to it") {
  const test::TemporaryFolder dir;
  const auto path = dir.file("in", test::random_bytes(10'000, 1));
  const StrategyInfo info = pooled_buffer();
  Options options("pooled-buffer", "buffers=3,size=1000", info.options);
  AccessCounters counters;
  PooledBufferStrategy strategy(options, counters);
  const auto in_use = [&] { return strategy.pool().statistics().in_use; };
  {
    const auto source = strategy.open(path);
    CHECK(in_use() == 0);
    const Bytes read = source->read(0, 1000);
    const auto scan = source->scan(0, 1500);
    CHECK(in_use() == 1);
    CHECK(scan->next().size() == 1000);
    CHECK(in_use() == 2);
    const auto sink = strategy.create(dir.path() / "out");
    CHECK(in_use() == 3);
    CHECK(strategy.pool().statistics().overflows == 0);
    CHECK(source->read(0, 10).size() == 10);
    CHECK(source->read(0, 1001).size() == 1001);
    CHECK(strategy.pool().statistics().overflows == 2);
    CHECK(scan->next().size() == 500);
    CHECK(scan->next().empty());
    CHECK(in_use() == 2);
  }
  CHECK(in_use() == 0);
}

}  // namespace
}  // namespace splitscope::strategies
